require salle-kernel.inc
