using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Kernel.Tests;
using Rel4.Sim;

namespace Rel4.Metal.Kernel;

/// <summary>Lets the root thread make random calls on little memory, of which the same bytes soon are one object and then another.</summary>
/// <remarks>Addresses are few, so that mappings meet; a third of the calls are on what was made for them, or few would get past the first check.</remarks>
internal sealed unsafe class Episode : IDisposable
{
    private const int SlotCount = 72;
    private const ulong RootSlotCount = 256;
    private const int SmallBits = 16;
    private const ulong CopyRights = (ulong)CapRights.All;

    private static readonly ulong[] s_addresses =
    [
        0, 0, 0x1000, 0x1000, 0x2000, 0x20_0000, 0x20_1000, 0x4000_0000, 0x80_0000_0000, 0x7FFF_FFE0_0000, 0x7FFF_FFFF_F000, 0xFFFF_8000_0000_0000,
    ];

    // Those that the address spaces need more often.
    private static readonly ObjectType[] s_small =
    [
        ObjectType.Pml4, ObjectType.Pml4, ObjectType.Pdpt, ObjectType.Pdpt, ObjectType.PageDirectory, ObjectType.PageDirectory,
        ObjectType.PageTable, ObjectType.PageTable, ObjectType.PageTable, ObjectType.Page4K, ObjectType.Page4K, ObjectType.Page4K,
        ObjectType.Untyped, ObjectType.Untyped, ObjectType.Tcb, ObjectType.CapTable, ObjectType.Notification,
    ];

    private readonly MachineWorld _world;
    private readonly ulong _first;
    private readonly ulong[] _memories;
    private readonly ulong _large;

    // Is not deleted.
    private readonly ulong _pool;
    private readonly Queue<string> _history = [];
    private SplitMix _random;

    public Episode(ulong seed)
    {
        _random = new SplitMix(seed);
        _world = new MachineWorld(hasContexts: _random.Chance(60));
        _first = _world.FirstFree + 4;
        _memories = [_world.FirstFree, _world.FirstFree + 1];
        _large = _world.UntypedOf(Limits.LargePageBits + 1);
        _pool = _world.FirstFree + 2;
        ulong memory = _world.UntypedOf(SmallBits + 2), page = _world.FirstFree + 3;
        foreach (ulong slot in _memories)
            Retype(memory, ObjectType.Untyped, SmallBits, slot);
        Retype(memory, ObjectType.Untyped, Limits.PageBits, page);
        _world.Invoke(RootSlot.AsidControl, InvocationLabel.X86AsidControlMakePool, [_pool, Limits.WordBits], page, RootSlot.CNode);
        _world.Invoke(_pool, InvocationLabel.X86AsidPoolAssign, [], RootSlot.VSpace);
    }

    /// <summary>Gets how many calls of each kind succeeded.</summary>
    public Dictionary<InvocationLabel, int> Successes { get; } = [];

    /// <summary>Gets the last calls.</summary>
    public string History => string.Join('\n', _history);

    /// <summary>Makes a call.</summary>
    public void Step()
    {
        LocalApic.Ticks = _random.Chance(20);
        switch (_random.Below(100))
        {
            case < 20: MakeObject(); break;
            case < 22: MakePool(); break;
            case < 27: Assign(); break;
            case < 49: MapTable(); break;
            case < 71: MapFrame(Find(CapType.Frame)); break;
            case < 74: Call(Find(CapType.Frame), InvocationLabel.X86PageUnmap, []); break;
            case < 76: UnmapTable(); break;
            case < 82: Copy(InvocationLabel.CNodeCopy); break;
            case < 84: Copy(InvocationLabel.CNodeMove); break;
            case < 91: Call(RootSlot.CNode, InvocationLabel.CNodeDelete, [AnySlot(), Limits.WordBits]); break;
            case < 93: Call(RootSlot.CNode, InvocationLabel.CNodeRevoke, [_random.Chance(20) ? Memory() : AnySlot(), Limits.WordBits]); break;
            case < 96: SetSpace(); break;
            default: UseDevice(); break;
        }
    }

    /// <summary>Makes sure that all is well. The core's own invariants take longer, so not every time.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong.</exception>
    public void Check(bool all)
    {
        Violation found = MachineInvariants.Find(_world.Slots, RootSlotCount);
        if (found != Violation.None)
            throw new InvalidOperationException($"{found}\n{History}");
        TranslationCheck.Run();
        if (!all)
            return;

        // The slots of the interrupts' signals lie outside of the memory that a survey goes through.
        for (uint line = 0; line < InterruptLines.Count; line++)
            InterruptLines.ClearNotification(_world.State, line);
        Invariants.Check(_world.Subject);
    }

    /// <summary>Gives all back that was made, after which no pool, interrupt or port is in use.</summary>
    public void End()
    {
        LocalApic.Ticks = false;
        for (ulong slot = 0; slot < _world.Untyped.End; slot++)
        {
            if (slot is RootSlot.IrqControl or RootSlot.IOPortControl || slot >= _world.Untyped.Start)
                _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, [slot, Limits.WordBits]);
        }
    }

    public void Dispose() => _world.Dispose();

    private ulong Memory() => _random.Chance(15) ? _large : _memories[_random.Below(_memories.Length)];

    private ulong AnySlot() => _first + (ulong)_random.Below(SlotCount);

    /// <summary>Finds a slot with a capability of a type, or any if there is none.</summary>
    private ulong Find(CapType type) => Find(type, static _ => true);

    /// <summary>Finds an address space: often one with an identifier, if there is one.</summary>
    private ulong FindSpace() => Find(CapType.VSpace, _random.Chance(85) ? static space => AddressSpaces.AsidOf(space) != 0 : static _ => true);

    /// <summary>Finds a table to map: often one that is mapped nowhere.</summary>
    private ulong FindTable(CapType type) => Find(type, _random.Chance(85) ? static table => Mapping.Of(table).IsNone : static _ => true);

    private ulong Find(CapType type, Func<Capability, bool> isWanted)
    {
        ulong slot = AnySlot(), second = slot;
        for (int i = 0; i < SlotCount; i++)
        {
            if (_world.Slots[slot].Cap.Type == type)
            {
                if (isWanted(_world.Slots[slot].Cap))
                    return slot;
                second = slot;
            }

            slot = slot + 1 == _first + SlotCount ? _first : slot + 1;
        }

        return second;
    }

    private ulong Address(int bits) => s_addresses[_random.Below(s_addresses.Length)] & (_random.Chance(90) ? ~((1UL << bits) - 1) : ulong.MaxValue);

    private void MakeObject()
    {
        if (_random.Chance(8))
            Retype(_large, ObjectType.LargePage, 0, Find(CapType.Null));
        else
            MakeSmall(s_small[_random.Below(s_small.Length)]);
    }

    private void MakeSmall(ObjectType type)
    {
        ulong sizeBits = type switch { ObjectType.Untyped => Limits.PageBits, ObjectType.CapTable => 4, _ => 0 };
        ulong memory = _random.Chance(60) ? Find(CapType.Untyped) : Memory();
        Retype(memory, type, sizeBits, Find(CapType.Null));
    }

    private void Retype(ulong memory, ObjectType type, ulong sizeBits, ulong slot) =>
        Call(memory, InvocationLabel.UntypedRetype, [(ulong)type, sizeBits, 0, 0, slot, 1], RootSlot.CNode);

    private void MakePool() => Call(
        RootSlot.AsidControl, InvocationLabel.X86AsidControlMakePool, [Find(CapType.Null), Limits.WordBits], Find(CapType.Untyped), RootSlot.CNode);

    private void Assign() => Call(
        _random.Chance(40) ? _pool : Find(CapType.AsidPool), InvocationLabel.X86AsidPoolAssign, [], Find(CapType.VSpace, static space => AddressSpaces.AsidOf(space) == 0));

    /// <summary>Gets the level of the entry that leads nowhere yet on the way to a page; 0 if there is none, or no way.</summary>
    private int MissingLevel(ulong space, ulong address)
    {
        int missing = 0;
        if (_world.Slots[space].Cap.Type == CapType.VSpace && address < PageTables.UserEnd)
            PageTables.Find((ulong*)_world.Slots[space].Cap.Address, address, 1, out missing);
        return missing;
    }

    /// <summary>Maps a table: often the one that is missing next.</summary>
    private void MapTable()
    {
        ulong space = FindSpace(), address = Address(Limits.PageBits);
        int missing = _random.Chance(75) ? MissingLevel(space, address) : 0;
        (CapType type, InvocationLabel label) = (missing == 0 ? _random.Below(3) : PageTables.RootLevel - missing) switch
        {
            0 => (CapType.Pdpt, InvocationLabel.X86PdptMap),
            1 => (CapType.PageDirectory, InvocationLabel.X86PageDirectoryMap),
            _ => (CapType.PageTable, InvocationLabel.X86PageTableMap),
        };
        Call(FindTable(type), label, [address, 0], space);
    }

    private void UnmapTable()
    {
        (CapType type, InvocationLabel label) = _random.Below(3) switch
        {
            0 => (CapType.Pdpt, InvocationLabel.X86PdptUnmap),
            1 => (CapType.PageDirectory, InvocationLabel.X86PageDirectoryUnmap),
            _ => (CapType.PageTable, InvocationLabel.X86PageTableUnmap),
        };
        Call(Find(type), label, []);
    }

    /// <summary>Maps a frame: often where it is already, or was.</summary>
    private void MapFrame(ulong frame)
    {
        ref readonly Capability capability = ref _world.Slots[frame].Cap;
        var mapping = Mapping.Of(capability);
        ulong space = FindSpace(), address = Address(capability.Bits);
        for (int i = 0; i < 3 && MissingLevel(space, address) >= (capability.Bits == Limits.LargePageBits ? 3 : 2); i++)
            address = Address(capability.Bits);
        if (!mapping.IsNone && _random.Chance(70))
            address = mapping.Address;
        ulong attributes = (ulong)(_random.Below(6) | (_random.Chance(50) ? (int)X86VMAttributes.ExecuteNever : 0));
        Call(frame, InvocationLabel.X86PageMap, [address, (ulong)_random.Below(16), attributes], space);
    }

    private void Copy(InvocationLabel label)
    {
        ulong destination = Find(CapType.Null), source = _random.Chance(50) ? Find(CapType.Frame) : AnySlot();
        ulong rights = _random.Chance(60) ? CopyRights : (ulong)CapRights.Read;
        Call(RootSlot.CNode, label, [destination, Limits.WordBits, source, Limits.WordBits, rights], RootSlot.CNode);
    }

    /// <summary>Lets the root thread run in another address space.</summary>
    private void SetSpace()
    {
        ulong guard = new CNodeCapData(0, Limits.WordBits - 8).Raw;
        Call(
            RootSlot.Tcb, InvocationLabel.TcbSetSpace, [0, guard, 0], RootSlot.CNode, _random.Chance(10) ? RootSlot.VSpace : FindSpace());
    }

    private void UseDevice()
    {
        ulong line = (ulong)_random.Below((int)InterruptController.LineCount), port = (ulong)_random.Below(40);
        switch (_random.Below(7))
        {
            case 5:
                Call(
                    RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerIOApic,
                    [Find(CapType.Null), Limits.WordBits, 0, line, line % 2, 0, (ulong)_random.Below(110)], RootSlot.CNode);
                break;
            case 6:
                Call(
                    RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerMsi,
                    [Find(CapType.Null), Limits.WordBits, 0, 0, 0, 0, (ulong)_random.Below(110)], RootSlot.CNode);
                break;
            case 0:
                Call(RootSlot.IrqControl, InvocationLabel.IrqIssueIrqHandler, [line, Find(CapType.Null), Limits.WordBits], RootSlot.CNode);
                break;
            case 1:
                Call(Find(CapType.IrqHandler), InvocationLabel.IrqSetIrqHandler, [], Find(CapType.Notification));
                break;
            case 2:
                Call(Find(CapType.IrqHandler), InvocationLabel.IrqClearIrqHandler, []);
                break;
            default:
                Call(
                    RootSlot.IOPortControl, InvocationLabel.X86IOPortControlIssue,
                    [port, port + (ulong)_random.Below(8), Find(CapType.Null), Limits.WordBits], RootSlot.CNode);
                break;
        }
    }

    private void Call(ulong service, InvocationLabel label, ReadOnlySpan<ulong> words, params ReadOnlySpan<ulong> caps)
    {
        if (_history.Count == 40)
            _history.Dequeue();
        string call = $"{label} of {service} ({string.Join(", ", words.ToArray().Select(word => $"{word:x}"))}; {string.Join(", ", caps.ToArray())})";
        SeL4Error error = _world.Invoke(service, label, words, caps);
        if (error == SeL4Error.NoError)
            Successes[label] = Successes.GetValueOrDefault(label) + 1;
        _history.Enqueue($"{call}: {error}");
    }
}
