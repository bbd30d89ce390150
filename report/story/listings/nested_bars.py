import numpy as np
from tqdm.auto import tqdm

from impl.network import MLP, Adam, load
from impl.network.mlp import flat
from impl.network.training import batches

data = load("moons", n=16000, seed=0)
network = MLP([2, 16, 16, 2], "relu", seed=0)
adam = Adam(lr=0.01)
rng = np.random.default_rng(0)

outer = tqdm(range(5), desc="1st loop")
for _ in outer:
    inner = tqdm(list(batches(len(data.t_train), 32, rng)), desc="2nd loop", leave=False)
    for rows in inner:
        step = network.step(data.x_train[rows], data.t_train[rows])
        adam.update(network.theta, flat(step.gradients, network.parameters))
        inner.set_postfix(loss=f"{step.loss:.4f}", refresh=False)
    loss, accuracy = network.evaluate(data.x_test, data.t_test)
    outer.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}")
