"""Networks composed of the operations of ``impl/``: NumPy only, with tqdm for the progress bars.

In the order of the course:

- ``perceptron``: ``learn`` (Rosenblatt's rule; cycles are found), ``delta_rule``;
- ``novikoff``: the bound on mistakes;
- ``spec``, ``layers``, ``initial``, ``mlp``: ``MLP([2, 8, 8, 2], "elu", batch_norm=True)``;
- ``propagation``: forward and backward propagation, every value and gradient by name;
- ``optimizers``: ``SGD``, ``Momentum``, ``Adam``;
- ``training``: ``train(network, x, t, validation=(x, t), test=(x, t), patience=5, seed=0)``;
- ``data``: ``load("moons")``; ``end_to_end``: the loss as one function of all parameters;
- ``files``: ``save``, ``load_network``; ``plotting``: ``draw_boundary``.

    data = load("spirals", seed=0)
    network = MLP([data.features, 16, 16, data.classes], "tanh", seed=0)
    history = train(network, data.x_train, data.t_train, test=(data.x_test, data.t_test))
    y, cache = network.forward(data.x_test)        # cache.values["tanh1"], ["dense2"], ...
    step = network.step(data.x_train, data.t_train)  # step.gradients["dense1.W"], ["tanh1"], ...

``python -m impl.network --data moons`` does it from the command line.
"""

from impl.network.data import Data, gate, load
from impl.network.divergence import DivergedError
from impl.network.end_to_end import LossFunction, as_function
from impl.network.files import WeightsError, load_network, save
from impl.network.layers import activations
from impl.network.mlp import MLP, State, Step
from impl.network.novikoff import Bound, novikoff
from impl.network.optimizers import SGD, Adam, Momentum, Optimizer
from impl.network.perceptron import Cycle, Learned, Perceptron, delta_rule, learn
from impl.network.targets import accuracy
from impl.network.training import History, train

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "Bound",
    "Cycle",
    "Data",
    "DivergedError",
    "History",
    "Learned",
    "LossFunction",
    "Momentum",
    "Optimizer",
    "Perceptron",
    "State",
    "Step",
    "WeightsError",
    "accuracy",
    "activations",
    "as_function",
    "delta_rule",
    "gate",
    "learn",
    "load",
    "load_network",
    "novikoff",
    "save",
    "train",
]
