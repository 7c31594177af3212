using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells what a process holds for its runtime.</summary>
/// <param name="CNode">The CNode that the calling threads' capabilities lie in; slot numbers are their addresses.</param>
/// <param name="CNodeGuard">The guard that a new thread's CSpace needs for that.</param>
/// <param name="VSpace">The process' address space.</param>
/// <param name="Memory">Untyped memory that nobody else uses.</param>
/// <param name="MemoryBits">Log2 of its bytes; 0 if there is none.</param>
/// <param name="FirstSlot">The first slot that nobody else uses.</param>
/// <param name="EndSlot">The slot behind the last.</param>
internal sealed record RuntimeHoldings(
    CNodeCap CNode, CNodeCapData CNodeGuard, VSpaceCap VSpace, UntypedCap Memory, int MemoryBits, ulong FirstSlot, ulong EndSlot);
