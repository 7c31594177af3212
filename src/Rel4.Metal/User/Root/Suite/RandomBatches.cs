using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets threads on all processors ring for batches of random calls on all that they are made of, while it is taken from under them.</summary>
/// <remarks>All that the calls can reach is of one block of memory, but for an address space that nobody else has. So whatever they do, all is as it was when the block is revoked.</remarks>
internal unsafe struct RandomBatches
{
    private const ulong PoolBits = 18;
    private const ulong NodeBits = 6;
    private const int Threads = 3;
    private const int Notifications = 2;
    private const int Acts = 40;
    private const ulong Pause = 4_000;
    private const ulong Address = 0x6A00_0000;
    private const ulong PageSize = 1UL << Limits.PageBits;

    // Of the block's slots, which have the same numbers in the threads' CNode.
    private const ulong Thread = 1, Frame = Thread + Threads, Notification = Frame + Threads, Endpoint = Notification + Notifications, Memory = Endpoint + 1, Space = Memory + 1, Node = Space + 1;
    private const ulong Mapped = Node + 1, MappedThere = Mapped + Threads, Badged = MappedThere + Threads, Slots = Badged + 4;

    private static ulong s_pool;
    private static ulong s_first;
    private static AddressSpace s_space;
    private SplitMix _random;

    // inc qword [rbx]; mov eax, 20; senduipi rax; mov rdi, r13; mov rsi, r14; mov rdx, r12; syscall; jmp back
    private static ReadOnlySpan<byte> Ringing =>
    [
        0x48, 0xFF, 0x03, 0xB8, 0x14, 0, 0, 0, 0xF3, 0x0F, 0xC7, 0xF0, 0x4C, 0x89, 0xEF, 0x4C, 0x89, 0xF6, 0x4C, 0x89, 0xE2, 0x0F, 0x05, 0xEB, 0xE7,
    ];

    /// <summary>Runs so many rounds.</summary>
    /// <returns>How many calls were answered.</returns>
    public static ulong Run(ulong processors, ulong seed, int rounds)
    {
        if (s_pool == 0)
        {
            s_pool = Objects.Make(ObjectType.Untyped, PoolBits);
            s_first = Objects.TakeSlots(Slots);
            s_space = AddressSpace.Make();
            ulong code = Objects.Make(ObjectType.Page4K);
            fixed (byte* ringing = Ringing)
                Window.Fill(code, 0, ringing, (ulong)Ringing.Length);
            s_space.Map(code, CodePage.Address, CapRights.Read);

            // So that there are tables.
            ulong frame = Objects.Make(ObjectType.Page4K);
            s_space.Map(frame, Address, CapRights.Read, X86VMAttributes.ExecuteNever);
            Terminal.Require(SeL4.X86_Page_Unmap(frame), "unmapping a frame"u8);
            AddressSpace.Own.Map(frame, Address, CapRights.Read, X86VMAttributes.ExecuteNever);
            Terminal.Require(SeL4.X86_Page_Unmap(frame), "unmapping a frame"u8);
        }

        var run = new RandomBatches { _random = new SplitMix(seed) };
        ulong answered = 0;
        for (int i = 0; i < rounds; i++)
            answered += run.Round(processors);
        return answered;
    }

    private static BatchFrame* FrameOf(ulong thread) => (BatchFrame*)(Address + (thread * PageSize));

    private ulong Round(ulong processors)
    {
        Make(ObjectType.CapTable, NodeBits, Node, 1);
        Make(ObjectType.Tcb, 0, Thread, Threads);
        Make(ObjectType.Page4K, 0, Frame, Threads);
        Make(ObjectType.Notification, 0, Notification, Notifications);
        Make(ObjectType.Endpoint, 0, Endpoint, 1);
        Make(ObjectType.Untyped, 14, Memory, 1);
        for (ulong i = 0; i < 2; i++)
        {
            for (ulong slot = Thread; slot < Space; slot++)
                Copy(slot, slot + (16 * i));
            SeL4.CNode_Mint(s_first + Node, Badged + i, (byte)NodeBits, RootSlot.CNode, s_first + Notification + i, Limits.WordBits, CapRights.All, 1UL << (int)(3 + i));
        }

        SeL4.CNode_Copy(s_first + Node, Space, (byte)NodeBits, RootSlot.CNode, s_space.Root, Limits.WordBits, CapRights.All);
        SeL4.CNode_Mint(s_first + Node, Node, (byte)NodeBits, RootSlot.CNode, s_first + Node, Limits.WordBits, CapRights.All, Guard);
        for (ulong i = 0; i < Threads; i++)
        {
            Objects.TryMint(s_first + Notification + (i % Notifications), s_first + Badged + i, 1UL << (int)i);
            SeL4.CNode_Copy(RootSlot.CNode, s_first + Mapped + i, Limits.WordBits, RootSlot.CNode, s_first + Frame + i, Limits.WordBits, CapRights.All);
            SeL4.CNode_Copy(RootSlot.CNode, s_first + MappedThere + i, Limits.WordBits, RootSlot.CNode, s_first + Frame + i, Limits.WordBits, CapRights.All);
            Terminal.Require(
                SeL4.X86_Page_Map(s_first + Mapped + i, RootSlot.VSpace, Address + (i * PageSize), CapRights.ReadWrite, X86VMAttributes.ExecuteNever), "mapping a batch"u8);
            _ = SeL4.X86_Page_Map(s_first + MappedThere + i, s_space.Root, Address + (i * PageSize), CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
            Terminal.Require(
                SeL4.TCB_Configure(s_first + Thread + i, 0, s_first + Node, Guard, s_space.Root, 0, 0, 0), "configuring a thread"u8);
            SeL4.TCB_SetPriority(s_first + Thread + i, RootSlot.Tcb, Priority.Low);
            Terminal.Require(SeL4.TCB_SetBatch(s_first + Thread + i, s_first + Frame + i, out _), "giving a batch"u8);
            for (ulong entry = 0; entry < BatchFrame.Capacity; entry++)
                WriteEntry(i, entry);
            Start(i, processors);
        }

        ulong answered = 0;
        for (int i = 0; i < Acts; i++)
            Act(processors);
        for (ulong i = 0; i < Threads; i++)
        {
            // The root task's mapping is out of their reach, but not what it is of.
            if (SeL4.X86_Page_GetAddress(s_first + Mapped + i, out _) == SeL4Error.NoError)
                answered += FrameOf(i)->Completed;
        }

        Terminal.Require(Objects.Revoke(s_pool), "revoking what the batches had"u8);
        return answered;
    }

    private static ulong Guard => new CNodeCapData(0, Limits.WordBits - (int)NodeBits).Raw;

    private static void Make(ObjectType type, ulong bits, ulong slot, ulong count) =>
        Terminal.Require(Objects.TryMake(s_pool, type, bits, s_first + slot, count), "making what the batches have"u8);

    private static void Copy(ulong source, ulong slot) =>
        SeL4.CNode_Copy(s_first + Node, slot, (byte)NodeBits, RootSlot.CNode, s_first + source, Limits.WordBits, CapRights.All);

    private void Start(ulong thread, ulong processors)
    {
        UserContext registers = default;
        registers.Rip = CodePage.Address;
        registers.Rbx = Address + (thread * PageSize);
        registers.R12 = _random.Below(4) == 0 ? 0UL - (1 + _random.Below(8)) : unchecked((ulong)(long)Syscall.PerformBatch);
        registers.R13 = _random.Below(1 << (int)NodeBits);
        SeL4.TCB_SetAffinity(s_first + Thread + thread, _random.Below(processors));
        SeL4.TCB_WriteRegisters(s_first + Thread + thread, true, 0, UserContext.Count, &registers);
    }

    private void Act(ulong processors)
    {
        ulong thread = _random.Below(Threads), slot = s_first + Thread + thread, frame = s_first + Frame + thread;
        for (ulong turns = _random.Below(Pause), i = 0; i < turns; i++)
            TaskCode.Timestamp();
        switch (_random.Below(14))
        {
            case 0: SeL4.TCB_Suspend(slot); break;
            case 1: SeL4.TCB_SetAffinity(slot, _random.Below(processors)); break;
            case 2: SeL4.TCB_SetBatch(slot, 0, out _); break;
            case 3: SeL4.TCB_SetBatch(slot, s_first + Frame + _random.Below(Threads), out _); break;
            case 4: SeL4.TCB_RegisterReceiver(slot, s_first + Notification + _random.Below(Notifications), 0, 0, out _); break;
            case 5: SeL4.TCB_RegisterSender(slot, s_first + Badged + _random.Below(Threads), out _); break;
            case 6: SeL4.Signal(s_first + Badged + _random.Below(Threads)); break;
            case 7: SeL4.TCB_BindNotification(slot, s_first + Notification + _random.Below(Notifications)); break;
            case 8 when _random.Below(8) == 0: Objects.Revoke(s_first + Notification + _random.Below(Notifications)); break;
            case 9 when _random.Below(8) == 0: Objects.Delete(slot); break;
            case 10 when _random.Below(8) == 0: Objects.Revoke(_random.Below(2) == 0 ? slot : s_first + Node); break;
            case 12 when _random.Below(8) == 0: Objects.Revoke(frame); break;
            case 11 when _random.Below(8) == 0: SeL4.TCB_SetBatch(slot, 0, out _); SeL4.X86_Page_Unmap(frame); break;
            default:
                if (SeL4.X86_Page_GetAddress(s_first + Mapped + thread, out _) == SeL4Error.NoError)
                {
                    for (int i = 0; i < 8; i++)
                        WriteEntry(thread, _random.Below(BatchFrame.Capacity));
                }

                Start(thread, processors);
                break;
        }
    }

    private void WriteEntry(ulong thread, ulong number)
    {
        BatchEntry* entry = BatchFrame.Entry(FrameOf(thread), number);
        ulong label = _random.Below(4) switch
        {
            0 => (ulong)InvocationLabel.NotificationRegisterReceiver + _random.Below(12),
            1 => (ulong)InvocationLabel.CNodeRevoke + _random.Below(9),
            2 => 1 + _random.Below(17),
            _ => 1 + _random.Below(54),
        };
        entry->Service = Slot();
        entry->Info = new MessageInfo(label, 0, (uint)_random.Below(4), (uint)(_random.Below(4) == 0 ? _random.Below(16) : BatchEntry.MessageWords)).Raw;
        for (int i = 0; i < Limits.ExtraCaps; i++)
            entry->Caps[i] = Slot();
        for (int i = 0; i < BatchEntry.MessageWords; i++)
            entry->Words[i] = Word();
    }

    // Those that are there, most often.
    private ulong Slot() => _random.Below(16) == 0 ? _random.Next() : _random.Below(4) == 0 ? _random.Below(1 << (int)NodeBits) : 1 + _random.Below(Node);

    private ulong Word() => _random.Below(8) switch
    {
        0 => _random.Next(),
        1 => NodeBits,
        2 or 3 => Limits.WordBits,
        4 => Address + (_random.Below(16) * PageSize),
        5 => 0UL - _random.Below(4),
        _ => _random.Below(1 << (int)NodeBits),
    };
}
