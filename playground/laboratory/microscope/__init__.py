"""The bench of Jacobians: singular values, eigenvalues, Lyapunov exponents, saturation."""
