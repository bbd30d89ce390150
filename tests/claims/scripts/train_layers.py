import numpy as np
from network_files import blocks

rng = np.random.RandomState(16)
images, digits = rng.rand(20, 6), rng.randint(0, 4, 20)
model = blocks.Chain(blocks.Dense(rng, 6, 8), blocks.Sigmoid(), blocks.Dense(rng, 8, 4))
for epoch in range(40):
    scores = model.forward(images)
    loss, d = blocks.softmax_loss(scores, digits)
    model.backward(d)
    model.step(0.2)
    if epoch % 10 == 0:
        print(epoch, loss)
