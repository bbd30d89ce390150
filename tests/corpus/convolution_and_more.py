# ruff: noqa
# fmt: off
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = 1 + (H + 2*pad - HH)//stride, 1 + (W + 2*pad - WW)//stride
    xp = np.pad(x, ((0,0),(0,0),(pad,pad),(pad,pad)), 'constant')
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    out[n,f,i,j] = np.sum(xp[n,:,i*stride:i*stride+HH,j*stride:j*stride+WW]*w[f]) + b[f]
    return out, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, F, Ho, Wo = dout.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0,0),(0,0),(pad,pad),(pad,pad)), 'constant')
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += np.sum(dout[n,f])
            for i in range(Ho):
                for j in range(Wo):
                    dw[f] += xp[n,:,i*stride:i*stride+HH,j*stride:j*stride+WW]*dout[n,f,i,j]
                    dxp[n,:,i*stride:i*stride+HH,j*stride:j*stride+WW] += w[f]*dout[n,f,i,j]
    H, W = x.shape[2:]
    return dxp[:,:,pad:pad+H,pad:pad+W], dw, db

def word_embedding_forward(x, W):
    return W[x], (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW

class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        self.k, self.s = kernel_size, stride
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)
    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        Ho, Wo = (H - self.k)//self.s + 1, (W - self.k)//self.s + 1
        out = np.zeros((N, self.W.shape[0], Ho, Wo))
        for i in range(Ho):
            for j in range(Wo):
                out[:, :, i, j] = np.tensordot(x[:, :, i:i+self.k, j:j+self.k], self.W, axes=([1,2,3],[1,2,3])) + self.b
        return out
    def backward(self, dout):
        dx = np.zeros_like(self.x)
        self.dW = np.zeros_like(self.W)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                p = self.x[:, :, i:i+self.k, j:j+self.k]
                self.dW += np.tensordot(dout[:, :, i, j], p, axes=([0],[0]))
                dx[:, :, i:i+self.k, j:j+self.k] += np.tensordot(dout[:, :, i, j], self.W, axes=([1],[0]))
        self.db = dout.sum(axis=(0,2,3))
        return dx

class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)
    def backward(self, dout):
        return dout.reshape(self.shape)

def linear_activation_forward(A_prev, W, b, activation):
    Z = W @ A_prev + b
    if activation == "sigmoid":
        A = 1/(1+np.exp(-Z))
    elif activation == "relu":
        A = np.maximum(0, Z)
    return A, ((A_prev, W, b), Z)
def linear_activation_backward(dA, cache, activation):
    (A_prev, W, b), Z = cache
    m = A_prev.shape[1]
    if activation == "relu":
        dZ = dA * (Z > 0)
    elif activation == "sigmoid":
        s = 1/(1+np.exp(-Z))
        dZ = dA * s * (1-s)
    return W.T @ dZ, dZ @ A_prev.T / m, dZ.sum(axis=1, keepdims=True) / m
