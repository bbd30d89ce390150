import numpy as np
from tqdm.auto import tqdm, trange

from impl.network import MLP, Adam, load
from impl.network.mlp import flat
from impl.network.training import batches

data = load("moons", n=16000, seed=0)
network = MLP([2, 16, 16, 2], "relu", seed=0)
adam = Adam(lr=0.01)
rng = np.random.default_rng(0)

epochs = trange(5, desc="epochs")
for _ in epochs:
    chosen = list(batches(len(data.t_train), 32, rng))
    inner = tqdm(chosen, desc="batches", leave=False)
    for rows in inner:
        step = network.step(data.x_train[rows], data.t_train[rows])
        adam.update(network.theta, flat(step.gradients, network.parameters))
        inner.set_postfix_str(f"loss {step.loss:.2g}", refresh=False)
    loss, accuracy = network.evaluate(data.x_test, data.t_test)
    epochs.set_postfix_str(f"loss {loss:.2g}, test {accuracy:.1%}")
