using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lets a thread post one bit to one receiver: an entry of the processor's UITT (Intel SDM vol. 3A, "User-Interrupt Target Table").</summary>
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

    /// <summary>Gets whether it leads anywhere.</summary>
    public bool IsValid => (_control & Valid) != 0;

    /// <summary>Posts as SENDUIPI does.</summary>
    public void Post() => _receiver->Post(1UL << (byte)(_control >> BitShift));
}
