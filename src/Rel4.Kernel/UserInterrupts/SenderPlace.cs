namespace Rel4.Kernel;

/// <summary>Tells what the machine keeps of a sender.</summary>
/// <param name="thread">The sending thread.</param>
/// <param name="index">Its index there.</param>
/// <param name="receiver">The receiving thread; of no meaning unless the sender is open.</param>
internal readonly unsafe struct SenderPlace(Tcb* thread, ushort index, Tcb* receiver)
{
    public Tcb* Thread { get; } = thread;

    public ushort Index { get; } = index;

    public Tcb* Receiver { get; } = receiver;
}
