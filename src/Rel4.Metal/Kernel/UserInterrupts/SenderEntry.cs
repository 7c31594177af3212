using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Lets a thread post one bit to one receiver: an entry of the processor's UITT (Intel SDM vol. 3A, "User-Interrupt Target Table").</summary>
/// <remarks>That of a sender which was taken from its thread posts to nobody, so that the thread is not stopped by what another did. One where there is no sender is not valid: to use it is a fault.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SenderEntry
{
    private const ulong Valid = 1 << 0;
    private const int BitShift = 8;

    private readonly ulong _control;
    private readonly PostedInterrupts* _receiver;

    /// <summary>Makes one.</summary>
    public SenderEntry(PostedInterrupts* receiver, byte bit)
    {
        _control = Valid | ((ulong)bit << BitShift);
        _receiver = receiver;
    }

    /// <summary>Gets the thread whose TCB it posts into.</summary>
    public Tcb* Receiver => (Tcb*)((ulong)_receiver & ~((1UL << Limits.TcbBits) - 1));

    /// <summary>Gets whether it leads anywhere.</summary>
    public bool IsValid => (_control & Valid) != 0;

    /// <summary>Posts as SENDUIPI does.</summary>
    public void Post() => _receiver->Post(1UL << (byte)(_control >> BitShift));
}
