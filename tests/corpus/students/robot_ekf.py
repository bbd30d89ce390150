"""Extended Kalman filter of a small robot: state (x, y, heading)."""
import numpy as np

DT = 0.1
LANDMARK = np.array([4.0, 2.5])


def motion(x, u):
    return np.array([
        x[0] + u[0] * DT * np.cos(x[2]),
        x[1] + u[0] * DT * np.sin(x[2]),
        x[2] + u[1] * DT,
    ])


def motion_jacobian(x, u):
    return np.array([
        [1.0, 0.0, -u[0] * DT * np.sin(x[2])],
        [0.0, 1.0, u[0] * DT * np.cos(x[2])],
        [0.0, 0.0, 1.0],
    ])


def measure(x):
    dx = LANDMARK[0] - x[0]
    dy = LANDMARK[1] - x[1]
    return np.array([np.sqrt(dx ** 2 + dy ** 2), np.arctan2(dy, dx) - x[2]])


def measure_jacobian(x):
    dx = LANDMARK[0] - x[0]
    dy = LANDMARK[1] - x[1]
    q = dx ** 2 + dy ** 2
    r = np.sqrt(q)
    return np.array([[-dx / r, -dy / r, 0.0],
                     [dy / q, -dx / q, -1.0]])


if __name__ == "__main__":
    x = np.array([0.0, 0.0, 0.2])
    P = np.eye(3)
    for k in range(10):
        u = np.array([1.0, 0.3])
        F = motion_jacobian(x, u)
        x = motion(x, u)
        P = F @ P @ F.T + 0.01 * np.eye(3)
        H = measure_jacobian(x)
        S = H @ P @ H.T + 0.1 * np.eye(2)
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ (np.array([4.5, 0.5]) - measure(x))
        P = (np.eye(3) - K @ H) @ P
    print(x)
