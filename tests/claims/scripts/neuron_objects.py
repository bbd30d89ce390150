import math
import random

random.seed(4)


class Neuron:
    def __init__(self, inputs):
        self.weights = [random.uniform(-1, 1) for _ in range(inputs)]
        self.bias = random.uniform(-1, 1)

    def fire(self, values):
        self.values = values
        total = self.bias
        for w, v in zip(self.weights, values):
            total += w * v
        self.output = 1 / (1 + math.exp(-total))
        return self.output


class Layer:
    def __init__(self, size, inputs):
        self.neurons = [Neuron(inputs) for _ in range(size)]

    def fire(self, values):
        return [n.fire(values) for n in self.neurons]


hidden, last = Layer(3, 2), Layer(1, 3)
table = [([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0), ([0.0, 0.0], 0.0)]
for turn in range(200):
    wrong = 0.0
    for inputs, wanted in table:
        guess = last.fire(hidden.fire(inputs))[0]
        error = 0.5 * (wanted - guess) ** 2
        wrong += error
        top = last.neurons[0]
        top.delta = (guess - wanted) * guess * (1 - guess)
        for k, n in enumerate(hidden.neurons):
            n.delta = top.delta * top.weights[k] * n.output * (1 - n.output)
        for layer in (hidden, last):
            for n in layer.neurons:
                for k in range(len(n.weights)):
                    n.weights[k] -= 0.5 * n.delta * n.values[k]
                n.bias -= 0.5 * n.delta
    if turn % 50 == 0:
        print(turn, wrong)
