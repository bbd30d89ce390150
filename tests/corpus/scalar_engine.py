"""Numbers that remember how they were made, and differentiate themselves."""

import math


class Scalar:
    def __init__(self, number, made_of=()):
        self.number = number
        self.grad = 0.0
        self.made_of = made_of
        self.pass_on = lambda: None

    def __repr__(self):
        return f"Scalar({self.number}, grad={self.grad})"

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        result = Scalar(self.number + other.number, (self, other))

        def pass_on():
            self.grad += result.grad
            other.grad += result.grad

        result.pass_on = pass_on
        return result

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        result = Scalar(self.number * other.number, (self, other))

        def pass_on():
            self.grad += result.grad * other.number
            other.grad += result.grad * self.number

        result.pass_on = pass_on
        return result

    def __pow__(self, power):
        assert isinstance(power, (int, float)), "only numbers as powers"
        result = Scalar(self.number**power, (self,))

        def pass_on():
            self.grad += power * self.number ** (power - 1) * result.grad

        result.pass_on = pass_on
        return result

    def tanh(self):
        e = math.exp(2 * self.number)
        t = (e - 1) / (e + 1)
        result = Scalar(t, (self,))

        def pass_on():
            self.grad += (1 - t * t) * result.grad

        result.pass_on = pass_on
        return result

    def relu(self):
        result = Scalar(self.number if self.number > 0 else 0.0, (self,))

        def pass_on():
            self.grad += (result.number > 0) * result.grad

        result.pass_on = pass_on
        return result

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def backward(self):
        order = []
        seen = set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for each in node.made_of:
                    visit(each)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.pass_on()
