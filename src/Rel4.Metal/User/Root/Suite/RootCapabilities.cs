using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Uses the capabilities that the kernel makes for the root task at boot: each is what its slot says, and the task's own.</summary>
internal static unsafe class RootCapabilities
{
    private const ulong Word = 0x2007;
    private const ulong Address = 0x43_0000_0000;
    private const int ThreadCount = 3;
    private const ulong ThreadsBits = 13;
    private const byte LargestBits = 26;

    /// <summary>Runs all rows.</summary>
    public static void Run(BootInfo* information, ref Report report)
    {
        report.Row("root"u8, "boot"u8, "TCB"u8, "slot 1, the thread that asks"u8, IsOwnThread());
        report.Row("root"u8, "boot"u8, "CNode"u8, "slot 2, holds these slots"u8, HoldsTheseSlots());
        report.Row("root"u8, "boot"u8, "VSpace"u8, "slot 3, what is mapped there is seen here"u8, IsOwnSpace());
        report.Row("root"u8, "boot"u8, "BootInfo"u8, "slot 9, the frame of what the kernel tells"u8, IsAt(RootSlot.BootInfoFrame, information));
        report.Row("root"u8, "boot"u8, "IpcBuffer"u8, "slot 10, the frame of the buffer"u8, IsAt(RootSlot.IpcBuffer, (void*)information->IpcBuffer));
        report.Row("root"u8, "boot"u8, "Untyped"u8, "each block where the boot information says"u8, AreWhereDescribed(information));
        ulong memory = Objects.Make(ObjectType.Untyped, ThreadsBits), threads = Objects.TakeSlot();
        for (int i = 1; i < ThreadCount; i++)
            Objects.TakeSlot();
        report.Row("root"u8, "boot"u8, "Retype"u8, "untyped memory becomes three threads"u8, MakeThreads(memory, threads));
        report.Row("root"u8, "boot"u8, "Revoke"u8, "objects destroyed, made again"u8, MakeAgain(memory, threads) && MakeAgain(memory, threads));
    }

    /// <summary>Lets a signal to the thread in the slot come to this one.</summary>
    private static bool IsOwnThread()
    {
        ulong notification = Objects.Make(ObjectType.Notification), endpoint = Objects.Make(ObjectType.Endpoint);
        bool bound = SeL4.TCB_BindNotification(RootSlot.Tcb, notification) == SeL4Error.NoError;
        SeL4.Signal(Objects.Mint(notification, Word));
        SeL4.NBRecv(endpoint, out ulong got);
        return bound && got == Word && SeL4.TCB_UnbindNotification(RootSlot.Tcb) == SeL4Error.NoError;
    }

    private static bool HoldsTheseSlots()
    {
        ulong notification = Objects.Make(ObjectType.Notification);
        SeL4.Signal(Objects.Mint(notification, Word));
        SeL4.Poll(notification, out ulong got);
        return got == Word;
    }

    private static bool IsOwnSpace()
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        ulong value = Word;
        Window.Fill(frame, 0, (byte*)&value, sizeof(ulong));
        AddressSpace.Own.Map(frame, Address, CapRights.Read, X86VMAttributes.ExecuteNever);
        return *(ulong*)Address == Word;
    }

    /// <summary>Tells whether the frame in a slot is mapped at an address: what is written elsewhere into its last word is read there.</summary>
    private static bool IsAt(ulong slot, void* address)
    {
        const ulong Last = (1UL << Limits.PageBits) - sizeof(ulong);
        var other = (ulong*)(Window.Alias(slot) + Last);
        ulong before = *other;
        *other = before ^ Word;
        bool isSeen = *(ulong*)((byte*)address + Last) == (before ^ Word);
        *other = before;
        return isSeen;
    }

    /// <summary>Makes a page of each block, but for RAM of the largest ones, which is cleared as a whole.</summary>
    private static bool AreWhereDescribed(BootInfo* information)
    {
        ulong frame = Objects.TakeSlot();
        int found = 0;
        var description = (UntypedDescription*)(information + 1);
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++, description++)
        {
            if (description->SizeBits < Limits.PageBits || (description->IsDevice == 0 && description->SizeBits > LargestBits)
                || Objects.TryMake(slot, ObjectType.Page4K, 0, frame) == SeL4Error.NotEnoughMemory)
                continue;
            if (SeL4.X86_Page_GetAddress(frame, out ulong physical) != SeL4Error.NoError
                || physical - description->Address >= 1UL << description->SizeBits || Objects.Delete(frame) != SeL4Error.NoError)
                return false;
            found++;
        }

        return found > 1;
    }

    private static bool MakeThreads(ulong memory, ulong threads)
    {
        bool made = Objects.TryMake(memory, ObjectType.Tcb, 0, threads, ThreadCount) == SeL4Error.NoError;
        for (ulong i = 0; i < ThreadCount; i++)
            made &= SeL4.TCB_SetPriority(threads + i, RootSlot.Tcb, Priority.Low) == SeL4Error.NoError;
        return made;
    }

    private static bool MakeAgain(ulong memory, ulong threads)
    {
        bool destroyed = Objects.Revoke(memory) == SeL4Error.NoError;
        for (ulong i = 0; i < ThreadCount; i++)
            destroyed &= SeL4.TCB_SetPriority(threads + i, RootSlot.Tcb, Priority.Low) == SeL4Error.InvalidCapability;
        return destroyed && MakeThreads(memory, threads);
    }
}
