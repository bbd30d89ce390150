import numpy as np
from numpy import exp, log, tanh

def sigmoid(z): return 1.0/(1.0+exp(-z))
def dsigmoid(z):
    s = sigmoid(z)
    return s*(1-s)

def silu(z): return z*sigmoid(z)
def dsilu(z):
    s = sigmoid(z)
    return s + z*s*(1-s)

def softsign(z): return z/(1+np.abs(z))
def dsoftsign(z): return 1/(1+np.abs(z))**2

def lecun_tanh(z): return 1.7159*tanh(2*z/3)
def dlecun_tanh(z): return 1.7159*(2/3)*(1-tanh(2*z/3)**2)

def log_cosh(z): return log(np.cosh(z))
def dlog_cosh(z): return tanh(z)

def elu(z, a=1.0): return np.where(z > 0, z, a*(exp(z)-1))
def delu(z, a=1.0): return np.where(z > 0, 1.0, a*exp(z))

def bent(z): return (np.sqrt(z**2+1)-1)/2 + z
def dbent(z): return z/(2*np.sqrt(z**2+1)) + 1

def gauss(z): return exp(-z**2)
def dgauss(z): return -2*z*exp(-z**2)

def sinc2(z): return np.sin(z)**2
def dsinc2(z): return np.sin(2*z)
