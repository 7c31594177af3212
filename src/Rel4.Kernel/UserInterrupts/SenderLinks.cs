namespace Rel4.Kernel;

/// <summary>Turns the compact links of senders into pointers, and back.</summary>
/// <remarks>
/// Senders lie in groups of at most <see cref="GroupSize"/>, at equal distances. A reference is <c>group:25 | place:5</c>, which a <see cref="Slot"/> has room for. Slots
/// are counted from the start of the region. Both reach <see cref="Reach"/> bytes far; what lies farther is not registered.
/// </remarks>
internal static unsafe class SenderLinks
{
    /// <summary>Log2 of <see cref="GroupSize"/>.</summary>
    public const int PlaceBits = 5;

    /// <summary>Senders that a group can have.</summary>
    public const int GroupSize = 1 << PlaceBits;

    /// <summary>How much of the region links can lead to: 64 GiB.</summary>
    public const ulong Reach = 1UL << 36;

    /// <summary>Gets the sender that a reference leads to.</summary>
    public static Sender* At(SharedState* shared, uint reference) =>
        (Sender*)(shared->Senders + ((reference >> PlaceBits) * shared->SenderStride)) + (reference & (GroupSize - 1));

    /// <summary>Gets the reference to a sender.</summary>
    public static uint To(SharedState* shared, Sender* sender)
    {
        ulong offset = (ulong)((byte*)sender - shared->Senders);
        return (uint)(((offset / shared->SenderStride) << PlaceBits) | (offset % shared->SenderStride / (ulong)sizeof(Sender)));
    }

    /// <summary>Tells whether links can lead to an object.</summary>
    public static bool Reaches(SharedState* shared, void* address) => (ulong)((byte*)address - shared->Region) < Reach;

    /// <summary>Gets the number of a slot.</summary>
    public static uint NumberOf(SharedState* shared, Slot* slot) => (uint)(((byte*)slot - shared->Region) / sizeof(Slot));

    /// <summary>Gets the slot of the first sender of a chain.</summary>
    public static Slot* SlotOf(SharedState* shared, Sender* first) => (Slot*)shared->Region + first->SlotNumber;
}
