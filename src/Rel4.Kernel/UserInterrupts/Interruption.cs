namespace Rel4.Kernel;

/// <summary>Says how a receiver's code is interrupted, on a machine that interrupts user code.</summary>
/// <param name="handler">Where it takes what is posted while it runs; 0: it looks for itself.</param>
/// <param name="stackAdjust">The bytes below its stack pointer that it keeps, or the end of another stack (bit 0 set).</param>
internal readonly struct Interruption(ulong handler, ulong stackAdjust)
{
    public ulong Handler { get; } = handler;

    public ulong StackAdjust { get; } = stackAdjust;
}
