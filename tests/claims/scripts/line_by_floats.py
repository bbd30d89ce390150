# Fit a line to a few points with plain Python numbers.
xs = [0.5, 1.0, 1.5, 2.5, 3.0]
ys = [1.9, 3.1, 4.2, 6.0, 7.1]
m = 0.0
c = 0.0
rate = 0.01
for step in range(300):
    cost = 0.0
    dm = 0.0
    dc = 0.0
    for x, y in zip(xs, ys):
        miss = m * x + c - y
        cost += miss**2 / len(xs)
        dm += 2 * miss * x / len(xs)
        dc += 2 * miss / len(xs)
    m = m - rate * dm
    c = c - rate * dc
    if step % 100 == 0:
        print(step, cost)
