using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Looks at what the kernel tells at boot, and at memory that is no RAM.</summary>
internal static unsafe class BootInformation
{
    private const ulong Address = 0x41_0000_0000;
    private const ulong FirstAddress = 0x42_0000_0000;
    private const byte LargestBits = 26;
    private const ulong HugeAddress = 0x60_0000_0000;
    private const ulong IOApic = 0xFEC0_0000;
    private const ulong LocalApic = 0xFEE0_0000;
    private const ulong Bios = 0xF_0000;

    // The high precision event timer of a PC, whose first register names who made it (IA-PC HPET specification, 2.3.4).
    private const ulong Timer = 0xFED0_0000;
    private const ulong Intel = 0x8086;
    private const ulong PointerSignature = 0x2052_5450_2044_5352; // "RSD PTR "

    /// <summary>Runs all rows.</summary>
    public static void Run(BootInfo* information, ref Report report)
    {
        report.Row("boot"u8, "slots"u8, "order"u8, "fixed, extra, modules, image, untyped, and nothing behind"u8, AreInOrder(information));
        report.Row("boot"u8, "untyped"u8, "describe"u8, "RAM and all that is none, apart, without the APICs"u8, AreApart(information));
        report.Row("boot"u8, "RAM"u8, "Retype"u8, "zero, whatever was there before; each block up to 64 MiB"u8, IsZero(information));
        report.Row("boot"u8, "further"u8, "read"u8, "the map of memory and the ACPI tables' root"u8, IsTold(information));
        report.Row("memory"u8, "device"u8, "Map"u8, "the timer's registers; no kernel object comes of them"u8, MapDevice(information));
        report.Row("paging"u8, "huge page"u8, "Map"u8, "1 GiB, aligned; no table fits below"u8, MapHugePage(information));
        report.Row("domain"u8, "one"u8, "Set"u8, "0 for a thread; others are refused"u8, SetDomain());
    }

    private static bool AreInOrder(BootInfo* information)
    {
        ulong next = information->ExtraBootInfoPages.End;
        for (BootInfoHeader* chunk = ExtraInformation.First(information); chunk != null; chunk = ExtraInformation.Next(information, chunk))
        {
            if (chunk->Id != BootInfoHeader.ModuleId)
                continue;
            var module = (BootModule*)chunk;
            if (module->Frames.Start != next)
                return false;
            next = module->Frames.End;
        }

        return information->ExtraBootInfoPages.Start == RootSlot.FirstFree && information->UserImagePaging.Start == next
            && information->UserImageFrames.Start == information->UserImagePaging.End && information->Untyped.Start == information->UserImageFrames.End
            && information->Empty.Start == information->Untyped.End && information->Empty.End == 1UL << (int)information->RootCNodeBits;
    }

    private static bool AreApart(BootInfo* information)
    {
        ulong count = information->Untyped.End - information->Untyped.Start;
        var descriptions = (UntypedDescription*)(information + 1);
        for (ulong i = 0; i < count; i++)
        {
            for (ulong j = 0; j < i; j++)
            {
                if (Has(descriptions[i], descriptions[j].Address) || Has(descriptions[j], descriptions[i].Address))
                    return false;
            }
        }

        return FindDevice(information, IOApic) == 0 && FindDevice(information, LocalApic) == 0
            && FindDevice(information, Bios) != 0 && FindDevice(information, Timer) != 0;
    }

    /// <summary>Makes a page of each block; not of the largest ones, which are cleared as a whole.</summary>
    private static bool IsZero(BootInfo* information)
    {
        ulong address = FirstAddress;
        var description = (UntypedDescription*)(information + 1);
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++, description++)
        {
            ulong frame = Objects.TakeSlot();
            if (description->IsDevice != 0 || description->SizeBits is < Limits.PageBits or > LargestBits
                || Objects.TryMake(slot, ObjectType.Page4K, 0, frame) == SeL4Error.NotEnoughMemory)
                continue;
            AddressSpace.Own.Map(frame, address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
            for (ulong* word = (ulong*)address; word < (ulong*)(address + (1UL << Limits.PageBits)); word++)
            {
                if (*word != 0)
                    return false;
                *word = address;
            }

            if (description->Address >= 1UL << 32)
                Terminal.Print("memory behind 4 GiB holds what is written\n"u8);
            address += 1UL << Limits.PageBits;
        }

        return true;
    }

    private static bool IsTold(BootInfo* information)
    {
        bool map = false, tables = false;
        for (BootInfoHeader* chunk = ExtraInformation.First(information); chunk != null; chunk = ExtraInformation.Next(information, chunk))
        {
            map |= chunk->Id == BootInfoHeader.MemoryMapId && *(uint*)(chunk + 1) != 0 && *(uint*)(chunk + 1) + sizeof(uint) <= chunk->Length;
            tables |= chunk->Id == BootInfoHeader.AcpiId && *(ulong*)(chunk + 1) == PointerSignature;
        }

        return map && tables;
    }

    private static bool MapDevice(BootInfo* information)
    {
        ulong device = FindDevice(information, Timer), frame = Objects.TakeSlot();
        if (Objects.TryMake(device, ObjectType.Endpoint, 0, frame) != SeL4Error.InvalidArgument
            || Objects.TryMake(device, ObjectType.Page4K, 0, frame) != SeL4Error.NoError
            || SeL4.X86_Page_GetAddress(frame, out ulong physical) != SeL4Error.NoError || physical != Timer)
            return false;
        AddressSpace.Own.Map(frame, Address, CapRights.Read, X86VMAttributes.Uncacheable);
        uint identity = *(uint*)Address;
        return identity >> 16 == Intel && Objects.Revoke(device) == SeL4Error.NoError;
    }

    private static bool MapHugePage(BootInfo* information)
    {
        ulong frame = Objects.TakeSlot(), small = Objects.Make(ObjectType.Page4K), table = Objects.Make(ObjectType.PageDirectory);
        ulong device = FindLargeDevice(information);
        if (device == 0 || Objects.TryMake(device, ObjectType.HugePage, 0, frame) != SeL4Error.NoError)
            return false;
        AddressSpace.Own.Map(frame, HugeAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever | X86VMAttributes.Uncacheable);
        return SeL4.X86_Page_Map(small, RootSlot.VSpace, HugeAddress, CapRights.Read, default) == SeL4Error.FailedLookup
            && SeL4.X86_PageDirectory_Map(table, RootSlot.VSpace, HugeAddress, default) == SeL4Error.DeleteFirst
            && SeL4.X86_Page_Unmap(frame) == SeL4Error.NoError
            && SeL4.X86_Page_Map(frame, RootSlot.VSpace, HugeAddress + 0x1000, CapRights.Read, default) == SeL4Error.AlignmentError
            && Objects.Revoke(device) == SeL4Error.NoError
            && SeL4.X86_PageDirectory_Map(table, RootSlot.VSpace, HugeAddress, default) == SeL4Error.NoError;
    }

    private static bool SetDomain() =>
        SeL4.DomainSet_Set(RootSlot.Domain, 0, RootSlot.Tcb) == SeL4Error.NoError
        && SeL4.DomainSet_Set(RootSlot.Domain, 1, RootSlot.Tcb) == SeL4Error.InvalidArgument
        && SeL4.DomainSet_Set(RootSlot.Domain, 0, RootSlot.CNode) == SeL4Error.InvalidArgument;

    /// <summary>Finds the slot of the device memory that an address is in; 0 for none.</summary>
    private static ulong FindDevice(BootInfo* information, ulong address)
    {
        var description = (UntypedDescription*)(information + 1);
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++, description++)
        {
            if (description->IsDevice != 0 && Has(*description, address))
                return slot;
        }

        return 0;
    }

    private static ulong FindLargeDevice(BootInfo* information)
    {
        var description = (UntypedDescription*)(information + 1);
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++, description++)
        {
            if (description->IsDevice != 0 && description->SizeBits >= Limits.HugePageBits)
                return slot;
        }

        return 0;
    }

    private static bool Has(in UntypedDescription description, ulong address) => address - description.Address < 1UL << description.SizeBits;
}
