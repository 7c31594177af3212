using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Makes random calls on address spaces, tables, pages and pools of identifiers, of which the same memory soon is one and then another.</summary>
internal unsafe struct RandomPaging
{
    private const int SlotCount = 40;
    private const int MemoryBits = 17;
    private const ulong Page = 1UL << Limits.PageBits;

    private static ulong _memory;
    private static ulong _first;

    private readonly ObjectType* _types;
    private SplitMix _random;
    private int _maps;

    private RandomPaging(ulong seed, ObjectType* types)
    {
        _random = new SplitMix(seed);
        _types = types;
        _maps = 0;
    }

    // Free slots count as endpoints, of which none is made; pools as CNodes.
    private static ObjectType None => ObjectType.Endpoint;

    private static ObjectType Pool => ObjectType.CapTable;

    /// <summary>Makes calls, and takes back all that was made.</summary>
    /// <returns>How many of them mapped something.</returns>
    public static int Run(ulong seed, int calls)
    {
        if (_first == 0)
        {
            _memory = Objects.Make(ObjectType.Untyped, MemoryBits);
            _first = Objects.TakeSlot();
            for (int i = 1; i < SlotCount; i++)
                Objects.TakeSlot();
        }

        ObjectType* types = stackalloc ObjectType[SlotCount];
        for (int i = 0; i < SlotCount; i++)
            types[i] = None;
        var run = new RandomPaging(seed, types);
        run.Prepare();
        for (int i = 0; i < calls; i++)
            run.Step();
        run.Revoke();
        return run._maps;
    }

    /// <summary>Makes what two address spaces need, or chance would seldom get so far.</summary>
    private void Prepare()
    {
        Make(ObjectType.Untyped, _memory);
        MakePool();
        for (int i = 0; i < 2; i++)
        {
            for (ObjectType type = ObjectType.Pdpt; type <= ObjectType.PageDirectory; type++)
            {
                if (type is not (ObjectType.HugePage or ObjectType.LargePage))
                    Make(type, _memory);
            }

            Assign();
            Make(ObjectType.Page4K, _memory);
            Make(ObjectType.Untyped, _memory);
        }
    }

    private void Step()
    {
        switch (_random.Below(40))
        {
            case < 8: Make(); break;
            case < 10: MakePool(); break;
            case < 14: Assign(); break;
            case < 24: MapTable(); break;
            case < 33: MapPage(); break;
            case < 34: Unmap(); break;
            case < 36: Copy(); break;
            case < 39: Delete((int)_random.Below(SlotCount)); break;
            default:
                if (_random.Below(10) == 0)
                    Revoke();
                break;
        }
    }

    /// <summary>Finds a slot with an object of a type; any, if there is none.</summary>
    private int Find(ObjectType type)
    {
        int start = (int)_random.Below(SlotCount);
        for (int i = 0; i < SlotCount; i++)
        {
            if (_types[(start + i) % SlotCount] == type)
                return (start + i) % SlotCount;
        }

        return start;
    }

    private ulong Slot(ObjectType type) => _first + (ulong)Find(type);

    private ulong Address() => _random.Below(6) switch
    {
        0 => 1UL << Limits.LargePageBits,
        1 => 1UL << 39,
        2 => Page,
        _ => 0,
    };

    private void Make() => Make(_random.Below(12) switch
    {
        0 => ObjectType.Pml4,
        1 => ObjectType.Pdpt,
        2 or 3 => ObjectType.PageDirectory,
        4 or 5 => ObjectType.PageTable,
        6 or 7 or 8 => ObjectType.Page4K,
        9 => ObjectType.Tcb,
        _ => ObjectType.Untyped,
    }, _random.Below(2) == 0 ? _memory : Slot(ObjectType.Untyped));

    private void Make(ObjectType type, ulong memory)
    {
        int index = Find(None);
        ulong bits = type == ObjectType.Untyped ? Limits.PageBits : 0UL;
        if (Objects.TryMake(memory, type, bits, _first + (ulong)index) == SeL4Error.NoError)
            _types[index] = type;
    }

    private void MakePool()
    {
        int index = Find(None);
        if (SeL4.X86_ASIDControl_MakePool(
            RootSlot.AsidControl, Slot(ObjectType.Untyped), RootSlot.CNode, _first + (ulong)index, Limits.WordBits) == SeL4Error.NoError)
            _types[index] = Pool;
    }

    private void Assign() =>
        _ = SeL4.X86_ASIDPool_Assign(_random.Below(2) == 0 ? RootSlot.AsidPool : Slot(Pool), Slot(ObjectType.Pml4));

    private void MapTable()
    {
        ulong space = Slot(ObjectType.Pml4), address = Address();
        Count(_random.Below(3) switch
        {
            0 => SeL4.X86_PDPT_Map(Slot(ObjectType.Pdpt), space, address, default),
            1 => SeL4.X86_PageDirectory_Map(Slot(ObjectType.PageDirectory), space, address, default),
            _ => SeL4.X86_PageTable_Map(Slot(ObjectType.PageTable), space, address, default),
        });
    }

    private void MapPage() => Count(SeL4.X86_Page_Map(
        Slot(ObjectType.Page4K), Slot(ObjectType.Pml4), Address(), (CapRights)_random.Below(16), (X86VMAttributes)_random.Below(32)));

    private void Count(SeL4Error error)
    {
        if (error == SeL4Error.NoError)
            _maps++;
    }

    private void Unmap() => _ = _random.Below(4) switch
    {
        0 => SeL4.X86_PDPT_Unmap(Slot(ObjectType.Pdpt)),
        1 => SeL4.X86_PageDirectory_Unmap(Slot(ObjectType.PageDirectory)),
        2 => SeL4.X86_PageTable_Unmap(Slot(ObjectType.PageTable)),
        _ => SeL4.X86_Page_Unmap(Slot(ObjectType.Page4K)),
    };

    private void Copy()
    {
        int source = (int)_random.Below(SlotCount), index = Find(None);
        if (SeL4.CNode_Copy(
            RootSlot.CNode, _first + (ulong)index, Limits.WordBits, RootSlot.CNode, _first + (ulong)source, Limits.WordBits, CapRights.All)
            == SeL4Error.NoError)
            _types[index] = _types[source];
    }

    private void Delete(int index)
    {
        Terminal.Require(Objects.Delete(_first + (ulong)index), "deleting a random capability"u8);
        _types[index] = None;
    }

    private void Revoke()
    {
        Terminal.Require(Objects.Revoke(_memory), "revoking random memory"u8);
        for (int i = 0; i < SlotCount; i++)
            _types[i] = None;
    }
}
