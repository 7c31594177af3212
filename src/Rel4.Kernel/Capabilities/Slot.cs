using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds a capability and its place in the derivation list.</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0     16  capability
///     16      8  sender:16 | previous:48      (highest bits first)
///     24      8  14 unused | firstBadged:1 | revocable:1 | next:48
/// </code>
/// The list is the derivation tree in pre-order (<see cref="DerivationTree"/>). <c>sender</c> is the head of the chain of
/// U-notification senders registered through this capability, 0 for none.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Slot
{
    private const ulong RevocableBit = 1UL << 48;
    private const ulong FirstBadgedBit = 1UL << 49;

    public Capability Cap;
    private ulong _previousAndSender;
    private ulong _nextAndFlags;

    public readonly bool IsEmpty => Cap.IsNull;

    public Slot* Previous
    {
        readonly get => (Slot*)Packed.Pointer(_previousAndSender);
        set => _previousAndSender = Packed.WithPointer(_previousAndSender, value);
    }

    public Slot* Next
    {
        readonly get => (Slot*)Packed.Pointer(_nextAndFlags);
        set => _nextAndFlags = Packed.WithPointer(_nextAndFlags, value);
    }

    /// <summary>Gets or sets the first sender registered through this capability.</summary>
    public ushort FirstSender
    {
        readonly get => Packed.High(_previousAndSender);
        set => _previousAndSender = Packed.WithHigh(_previousAndSender, value);
    }

    /// <summary>Gets whether this is an original, which can have children.</summary>
    public readonly bool IsRevocable => (_nextAndFlags & RevocableBit) != 0;

    /// <summary>Gets whether this is the original of its badge.</summary>
    public readonly bool IsFirstBadged => (_nextAndFlags & FirstBadgedBit) != 0;

    /// <summary>Makes this an original, or not.</summary>
    public void SetOriginal(bool original)
    {
        ulong flags = original ? RevocableBit | FirstBadgedBit : 0;
        _nextAndFlags = (_nextAndFlags & ~(RevocableBit | FirstBadgedBit)) | flags;
    }

    /// <summary>Makes this the oldest that is left with its badge.</summary>
    public void SetFirstBadged() => _nextAndFlags |= FirstBadgedBit;

    /// <summary>Takes over another slot's place in the list, with flags and senders; the neighbours still point to that slot.</summary>
    public void TakePlaceOf(in Slot other)
    {
        _previousAndSender = other._previousAndSender;
        _nextAndFlags = other._nextAndFlags;
    }
}
