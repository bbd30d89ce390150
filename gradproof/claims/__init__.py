"""What a training script claims, and whether it is true, read from one run and from no name.

What is added to a parameter, or subtracted from it, claims to be a multiple of the gradient of some
scalar. The run was written down (gradproof.trace); here the updates are found in it, and it is
carried out again from other parameters to see of which scalar they are the gradient.
"""
