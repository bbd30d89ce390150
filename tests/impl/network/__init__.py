"""Networks: learning, gradients end to end, training."""
