from time import sleep

from tqdm.auto import trange

for _ in trange(4, desc="1st loop"):
    for _ in trange(100, desc="2nd loop"):
        sleep(0.01)
