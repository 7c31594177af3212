namespace Rel4.Metal.Kernel;

/// <summary>Lays out the memory that a processor has to itself, at a multiple of its size, so that whoever runs on one of its stacks finds the rest.</summary>
/// <remarks>
/// <code>
/// offset  bytes
///      0    256  <see cref="ProcessorState"/>
///    256         segment descriptors and task state (<see cref="Kernel.Descriptors"/>)
///   4096   4096  mapped nowhere
///   8192  16384  stack, where it starts at every entry
///  24576   4096  mapped nowhere
///  28672   4096  stack for exceptions that come when the other can't be trusted
/// </code>
/// <c>Boot/entry.asm</c> has the memory and knows the layout, too.
/// </remarks>
internal static class ProcessorArea
{
    /// <summary>Processors at most.</summary>
    public const uint Most = 8;

    /// <summary>Bytes of an area.</summary>
    public const ulong Size = 0x8000;

    public const ulong Descriptors = 0x100;
    public const ulong StackGuard = 0x1000;
    public const ulong StackTop = 0x6000;
    public const ulong FaultStackGuard = 0x6000;
    public const ulong FaultStackTop = 0x8000;
}
