using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds a capability and its place in the derivation list.</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0     16  capability
///     16      8  previous:48 | sender, low part:16                                    (highest bits first)
///     24      8  next:48 | sender, high part:14 | firstBadged:1 | revocable:1
/// </code>
/// The list is the derivation tree in pre-order (<see cref="DerivationTree"/>). <c>sender</c> is the head of the chain of
/// U-notification senders registered through this capability (<see cref="SenderLinks"/>), 0 for none. Pointers need 48 bits, and are the fastest to take from the high ones.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Slot
{
    private const ulong RevocableBit = 1;
    private const ulong FirstBadgedBit = 2;
    private const int PointerShift = 16;
    private const int HighSenderShift = 2;

    public Capability Cap;
    private ulong _previousAndSender;
    private ulong _nextAndFlags;

    /// <summary>Makes what a slot holds that has no senders and no ancestors.</summary>
    public Slot(in Capability capability)
    {
        Cap = capability;
        _nextAndFlags = RevocableBit | FirstBadgedBit;
    }

    /// <summary>Makes what a slot holds that has no senders, and follows another in the place of that one's next.</summary>
    public Slot(in Capability capability, Slot* previous, bool original)
    {
        Cap = capability;
        _previousAndSender = (ulong)previous << PointerShift;
        _nextAndFlags = (previous->_nextAndFlags & ~(ulong)ushort.MaxValue) | (original ? RevocableBit | FirstBadgedBit : 0);
    }

    public readonly bool IsEmpty => Cap.IsNull;

    public Slot* Previous
    {
        readonly get => (Slot*)((long)_previousAndSender >> PointerShift);
        set => _previousAndSender = ((ulong)value << PointerShift) | (ushort)_previousAndSender;
    }

    public Slot* Next
    {
        readonly get => (Slot*)((long)_nextAndFlags >> PointerShift);
        set => _nextAndFlags = ((ulong)value << PointerShift) | (ushort)_nextAndFlags;
    }

    /// <summary>Gets whether another follows.</summary>
    public readonly bool HasNext => _nextAndFlags > ushort.MaxValue;

    /// <summary>Gets or sets the first sender registered through this capability.</summary>
    public uint FirstSender
    {
        readonly get => (ushort)_previousAndSender | ((uint)(ushort)_nextAndFlags >> HighSenderShift << PointerShift);
        set
        {
            _previousAndSender = (_previousAndSender & ~(ulong)ushort.MaxValue) | (ushort)value;
            _nextAndFlags = (_nextAndFlags & ~((ulong)ushort.MaxValue ^ RevocableBit ^ FirstBadgedBit)) | (value >> PointerShift << HighSenderShift);
        }
    }

    /// <summary>Gets whether this is an original, which can have children.</summary>
    public readonly bool IsRevocable => (_nextAndFlags & RevocableBit) != 0;

    /// <summary>Gets whether this is the original of its badge.</summary>
    public readonly bool IsFirstBadged => (_nextAndFlags & FirstBadgedBit) != 0;

    /// <summary>Makes this the oldest that is left with its badge.</summary>
    public void SetFirstBadged() => _nextAndFlags |= FirstBadgedBit;

    /// <summary>Takes over who follows another slot.</summary>
    public void TakeNextOf(in Slot other) => _nextAndFlags = (other._nextAndFlags & ~(ulong)ushort.MaxValue) | (ushort)_nextAndFlags;

    /// <summary>Takes over another slot's place in the list, with flags and senders; the neighbours still point to that slot.</summary>
    public void TakePlaceOf(in Slot other)
    {
        _previousAndSender = other._previousAndSender;
        _nextAndFlags = other._nextAndFlags;
    }
}
