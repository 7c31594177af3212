global using Rel4.Abi;
global using Rel4.Sim;
global using Rel4.Sim.Stories;
global using ThreadState = Rel4.Kernel.ThreadState;
