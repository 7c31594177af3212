using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Names an object and what its holder may do with it.</summary>
/// <remarks>
/// <code>
/// word 0:  type:5 | rights:4 | flag:1 | bits:6 | address:48      (highest bits first)
/// word 1:  depends on the type
///
/// type          flag      bits               word 1
/// Untyped       device    log2 of bytes      watermark: bytes handed out so far
/// Endpoint                                   badge
/// Notification                               badge
/// Reply         master                       
/// CNode                   radix              guard:58 | guardSize:6
/// Zombie        thread    radix              slots left to delete
/// Frame         device    log2 of bytes      the machine's (where it is mapped)
/// VSpace                  log2 of bytes      the machine's
/// others        all       log2 of bytes      the machine's
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Capability
{
    private const int BitsShift = 48;
    private const int FlagShift = 54;
    private const int RightsShift = 55;
    private const int TypeShift = 59;

    /// <summary>Type, rights, flag, bits and address.</summary>
    public ulong Word0;

    /// <summary>What else the type needs.</summary>
    public ulong Word1;

    private Capability(CapType type, void* address, CapRights rights = 0, int bits = 0, bool flag = false, ulong word1 = 0)
    {
        Word0 = Packed.WithPointer(0, address)
            | ((ulong)type << TypeShift) | ((ulong)rights << RightsShift) | ((flag ? 1UL : 0) << FlagShift) | ((ulong)bits << BitsShift);
        Word1 = word1;
    }

    public readonly CapType Type => (CapType)(Word0 >> TypeShift);

    /// <summary>Gets the start of the object, whatever it is; what the type says is better read through one of the next five.</summary>
    public readonly void* Address => Packed.Pointer(Word0);

    public readonly Endpoint* Endpoint => (Endpoint*)AddressIf(Type == CapType.Endpoint);

    public readonly Notification* Notification => (Notification*)AddressIf(Type == CapType.Notification);

    /// <summary>Gets the thread, or the one that waits for the reply.</summary>
    public readonly Tcb* Thread => (Tcb*)AddressIf(Type is CapType.Thread or CapType.Reply);

    /// <summary>Gets the slots of a CNode, or those of what a zombie was.</summary>
    public readonly Slot* Slots => (Slot*)AddressIf(Type is CapType.CNode or CapType.Zombie);

    /// <summary>Gets the memory of an untyped or a frame.</summary>
    public readonly byte* Memory => (byte*)AddressIf(Type is CapType.Untyped or CapType.Frame);

    public readonly CapRights Rights => (CapRights)((Word0 >> RightsShift) & 0xF);

    /// <summary>Gets log2 of the bytes of untyped memory or an object of the machine's, or of a CNode's slots.</summary>
    public readonly int Bits => (int)(Word0 >> BitsShift) & 0x3F;

    public readonly bool IsNull => Word0 == 0;

    /// <summary>Gets <see cref="Bits"/> in the lowest six bits, which are all that a shift counts.</summary>
    public readonly int ShiftOfIndex => (int)(Word0 >> BitsShift);

    /// <summary>Gets whether it names a CNode whose guard and radix take all bits of an address.</summary>
    /// <remarks>A CNode has neither rights nor flag, so that type, radix and guard size are right exactly if this sum is.</remarks>
    public readonly bool IsWholeCNode
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Word0 >> BitsShift) + (Word1 & 0x3F) == ((ulong)CapType.CNode << (TypeShift - BitsShift)) + Limits.WordBits;
    }

    public readonly bool IsDevice => Flag;

    public readonly bool IsMasterReply => Flag;

    public readonly bool IsThreadZombie => Flag;

    public readonly ulong Badge => Word1;

    public readonly CNodeCapData Guard => new(Word1);

    /// <summary>Gets or sets how many bytes of an untyped are handed out, counted from its start.</summary>
    public ulong Watermark
    {
        readonly get => Word1;
        set => Word1 = value;
    }

    /// <summary>Gets or sets how many slots of a zombie may still hold capabilities, counted from its first.</summary>
    public ulong SlotsLeft
    {
        readonly get => Word1;
        set => Word1 = value;
    }

    private readonly bool Flag => ((Word0 >> FlagShift) & 1) != 0;

    public static Capability ToUntyped(void* address, int sizeBits, bool isDevice) => new(CapType.Untyped, address, bits: sizeBits, flag: isDevice);

    public static Capability ToEndpoint(void* address) => new(CapType.Endpoint, address, CapRights.All);

    public static Capability ToNotification(void* address) => new(CapType.Notification, address, CapRights.ReadWrite);

    public static Capability MasterReply(Tcb* thread) => new(CapType.Reply, thread, CapRights.Grant | CapRights.Write, flag: true);

    /// <summary>Makes the right to reply once; with <see cref="CapRights.Grant"/>, also with capabilities.</summary>
    public static Capability Reply(Tcb* caller, CapRights grant) => new(CapType.Reply, caller, CapRights.Write | (grant & CapRights.Grant));

    public static Capability ToCNode(void* address, int radix) => new(CapType.CNode, address, bits: radix);

    public static Capability ToThread(Tcb* thread) => new(CapType.Thread, thread);

    public static Capability ToFrame(void* address, int sizeBits, bool isDevice) =>
        new(CapType.Frame, address, CapRights.ReadWrite, sizeBits, isDevice);

    public static Capability ToVSpace(void* address) => new(CapType.VSpace, address, bits: Limits.VSpaceBits);

    /// <summary>Makes a capability of a type that only the machine knows, to an object or, without size, to whatever a number stands for.</summary>
    public static Capability OfMachine(CapType type, void* address, int sizeBits = 0) => new(type, address, bits: sizeBits);

    /// <summary>Makes the right to all that there is of the machine's type that follows this one, which covers each of them.</summary>
    public static Capability ToAll(CapType type) => new(type, null, flag: true);

    public static Capability ThreadZombie(Tcb* thread) => new(CapType.Zombie, thread, flag: true, word1: Tcb.SlotCount);

    public static Capability CNodeZombie(in Capability node) => new(CapType.Zombie, node.Address, bits: node.Bits, word1: 1UL << node.Bits);

    public readonly bool Has(CapRights rights) => (Rights & rights) == rights;

    /// <summary>Gets log2 of the bytes of the object; 0 for a capability that names no memory of its own.</summary>
    public readonly int ObjectBits => Type switch
    {
        CapType.Endpoint => Limits.EndpointBits,
        CapType.Notification => Limits.NotificationBits,
        CapType.CNode => Bits + Limits.SlotBits,
        CapType.Thread => Limits.TcbBits,
        CapType.Zombie => Flag ? Limits.TcbBits : Bits + Limits.SlotBits,
        _ => Bits,
    };

    /// <summary>Takes away the rights that are not in <paramref name="mask"/>, from the types that have rights (manual section "Capability Rights").</summary>
    public readonly Capability WithRights(CapRights mask)
    {
        CapRights lost = Type switch
        {
            CapType.Endpoint or CapType.Notification or CapType.Frame => ~mask & CapRights.All,
            CapType.Reply => ~mask & CapRights.Grant,
            _ => CapRights.None,
        };
        Capability result = this;
        result.Word0 &= ~((ulong)lost << RightsShift);
        return result;
    }

    /// <summary>Gives a badge to an endpoint or notification that has none, or a CNode its guard; null if that is not allowed.</summary>
    public readonly Capability WithData(ulong data)
    {
        if (Type is not (CapType.Endpoint or CapType.Notification))
            return WithGuard(data);
        if (Badge != 0)
            return default;
        Capability result = this;
        result.Word1 = data;
        return result;
    }

    /// <summary>Changes what a move may change: a CNode's guard. Null for what can have a badge: a moved capability keeps its own.</summary>
    public readonly Capability WithMovedData(ulong data) =>
        Type is CapType.Endpoint or CapType.Notification ? default : WithGuard(data);

    private readonly Capability WithGuard(ulong data)
    {
        if (Type != CapType.CNode)
            return this;
        var guard = new CNodeCapData(data);
        if (guard.GuardSize + Bits > Limits.WordBits)
            return default;
        Capability result = this;
        result.Word1 = new CNodeCapData(guard.Guard & ((1UL << guard.GuardSize) - 1), guard.GuardSize).Raw;
        return result;
    }

    /// <summary>Tells whether <paramref name="other"/> names this very object, or for an untyped, memory inside it.</summary>
    public readonly bool CoversRegionOf(in Capability other)
    {
        if (Type == CapType.Untyped)
        {
            int bits = other.ObjectBits;
            ulong start = (ulong)Address, size = 1UL << Bits, offset = (ulong)other.Address - start;
            return bits != 0 && bits <= Bits && offset < size;
        }

        // The right to all of a kind comes before the kind.
        if (Type > CapType.Frame && Flag && other.Type == Type + 1)
            return true;
        return Type == other.Type
            && Type is not (CapType.Zombie or CapType.Null)
            && Address == other.Address
            && Bits == other.Bits;
    }

    /// <summary>Tells whether <paramref name="other"/> names the same object, so that deleting this one leaves the object alive.</summary>
    public readonly bool IsSameObjectAs(in Capability other) => Type != CapType.Untyped && Type == other.Type && CoversRegionOf(other);

    private readonly void* AddressIf(bool isOfThatType)
    {
        Debug.Assert(isOfThatType);
        return Address;
    }
}
