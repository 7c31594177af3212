using System.Numerics;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Makes the root task of the first boot module, and gives it all there is (manual chapter "System Bootstrapping").</summary>
/// <remarks>
/// Behind the last page of its image come, a page each, its IPC buffer, the <see cref="BootInfo"/> and what further information there is. It starts with
/// the address of the second in RDI and everything else 0.
/// <para>
/// Untyped memory is not cleared now but when something is first made of it: its watermark says that all of it was used.
/// </para>
/// </remarks>
internal unsafe ref struct RootTask
{
    private const ulong Page = 1UL << Limits.PageBits;

    // What the core takes beside the root task's CNode.
    private const ulong CoreMemory = 1 << 18;

    // As many entries of the memory map as libsel4 makes room for.
    private const int MapLength = 50 * 24;

    private readonly MultibootInfo* _boot;
    private readonly ElfImage _image;
    private KernelState* _kernel;
    private Slot* _slots;
    private BootInfo* _information;
    private ulong _next;

    // Pages taken before the core took the rest: first the tables', then the image's.
    private byte* _tables;
    private byte* _frames;
    private byte* _extra;
    private byte* _pool;
    private ulong _firstPage;
    private ulong _endPage;
    private ulong _slotCount;

    private RootTask(MultibootInfo* boot)
    {
        _boot = boot;
        if (boot->ModuleCount == 0)
            Panic.Boot("there is no boot module to make the root task of"u8);
        _image = new ElfImage(boot->Module(0)->Content);
        if (!_image.IsValid)
            Panic.Boot("the root task, which is the first boot module, is no statically linked x86-64 program"u8);
    }

    /// <summary>Makes it, in a kernel that it sets up in all the memory that is left.</summary>
    public static KernelState* Make(MultibootInfo* boot, ref PageSupply pages, uint megahertz)
    {
        var task = new RootTask(boot);
        task.TakePages(ref pages);
        task.StartKernel(ref pages);
        task.Tell(megahertz);
        task.MapImage();
        task.AddMemory(pages);
        return task._kernel;
    }

    private readonly ulong BufferAddress => _endPage;

    private readonly ulong InformationAddress => _endPage + Page;

    private readonly ulong ExtraAddress => _endPage + (2 * Page);

    private static ulong PageOf(ulong address) => address & ~(Page - 1);

    /// <summary>Takes the pages that the image needs. Tables are taken for the whole stretch from its first page to its last.</summary>
    private void TakePages(ref PageSupply pages)
    {
        _firstPage = ulong.MaxValue;
        ulong count = 0;
        for (int i = 0; i < _image.SegmentCount; i++)
        {
            ElfSegment* segment = _image.Segment(i);
            if (!segment->IsLoaded)
                continue;
            if (segment->IsWritable && segment->IsExecutable)
                Panic.Boot("a segment of the root task is writable and executable"u8);
            ulong end = PageOf(segment->Address + segment->MemorySize + Page - 1);
            _firstPage = Math.Min(_firstPage, PageOf(segment->Address));
            _endPage = Math.Max(_endPage, end);
            count += (end - PageOf(segment->Address)) / Page;
        }

        if (count == 0 || PageTables.UserEnd - _endPage < 3 * Page)
            Panic.Boot("the root task has no segments, or leaves no room behind them"u8);
        ulong tableCount = TableCount(2) + TableCount(3) + TableCount(4);
        _slotCount = 1 + ModulePages + tableCount + count;
        _tables = Take(ref pages, tableCount);
        _frames = Take(ref pages, count);
        _extra = Take(ref pages, 1);
        _pool = Take(ref pages, 1);
    }

    private readonly ulong TableCount(int level)
    {
        int bits = PageTables.EntryBits(level);
        return (ExtraAddress >> bits) - (_firstPage >> bits) + 1;
    }

    private readonly ulong ModulePages
    {
        get
        {
            ulong count = 0;
            for (int i = 1; i < _boot->ModuleCount; i++)
                count += _boot->Module(i)->PageCount;
            return count;
        }
    }

    private static byte* Take(ref PageSupply pages, ulong count)
    {
        byte* first = pages.Take();
        for (ulong i = 1; i < count; i++)
            _ = pages.Take();
        return first;
    }

    private void StartKernel(ref PageSupply pages)
    {
        UserInterruptController.Start((PostedInterrupts*)pages.Take());
        byte* region = Physical.ToPointer(pages.Next);
        int bits = KernelOptions.RootCNodeBits(_boot->CommandLine);
        if (1UL << bits < RootSlot.FirstFree + _slotCount + BootInfo.MaxUntyped)
            Panic.Boot("the root task's CNode has too few slots for its image and modules: give it more by root-cnode-bits"u8);

        // The CNode lies at a multiple of its size.
        Instructions.Clear(region, Math.Min(pages.Left, (2UL << (bits + Limits.SlotBits)) + CoreMemory));
        _kernel = Rel4.Kernel.Boot.Start(region, pages.Left, new BootParameters
        {
            RootCNodeBits = bits,
            MachineSlots = _slotCount,
            OtherProcessors = (byte)(Processors.Count - 1),
            HasLabelsOfSeveral = KernelOptions.HasLabelsOfSeveral(_boot->CommandLine),
            Senders = 0,
            SendersOffset = InterruptContext.SendersOffset,
        });
        if (_kernel == null)
            Panic.Boot("there is too little memory for the kernel"u8);
        Tcb* thread = _kernel->Shared->RootThread;
        _slots = thread->CSpaceRoot.Cap.Slots;
        _information = (BootInfo*)_slots[RootSlot.BootInfoFrame].Cap.Address;
        _next = RootSlot.FirstFree;

        MetalMachine.InitialiseThread(_kernel, _slots[RootSlot.Tcb].Cap.Thread);
        AddressSpaces.Initialise(Root);
        Put(RootSlot.IrqControl, Capability.ToAll(CapType.IrqControl));
        Put(RootSlot.AsidControl, Capability.OfMachine(CapType.AsidControl, null));
        Put(RootSlot.IOPortControl, Capability.ToAll(CapType.IOPortControl));
        Put(RootSlot.Domain, Capability.OfMachine(CapType.Domain, null));
        Put(RootSlot.AsidPool, Capability.OfMachine(CapType.AsidPool, _pool, Limits.PageBits));
        AddressSpaces.SetPool(0, (ulong**)_pool);
        _ = AddressSpaces.TryAssign(_slots[RootSlot.VSpace].Cap.Root(), 0);

        thread->SetIP(_image.Entry);
        thread->Context.Rdi = InformationAddress;
        thread->IpcBufferAddress = BufferAddress;
        _information->IpcBuffer = BufferAddress;
        _information->NodeCount = Processors.Count;
    }

    /// <summary>Writes the further information, and gives its frame and those of the other modules.</summary>
    private void Tell(uint megahertz)
    {
        var extra = new ExtraInformation(_extra);
        *(uint*)extra.Add(BootInfoHeader.TscFrequencyId, sizeof(ulong)) = megahertz;
        *(KernelFeatures*)extra.Add(BootInfoHeader.FeaturesId, sizeof(KernelFeatures)) = DebugCalls.Features;
        extra.Add(BootInfoHeader.CommandLineId, _boot->Module(0)->Name, zeros: 1);
        ReadOnlySpan<byte> map = _boot->Memory.Raw;
        map = map.Slice(0, Math.Min(map.Length, MapLength));
        byte* copy = extra.Add(BootInfoHeader.MemoryMapId, sizeof(uint) + (ulong)map.Length);
        *(uint*)copy = (uint)map.Length;
        ExtraInformation.Copy(map, copy + sizeof(uint));
        if (!Firmware.Description.IsEmpty)
            extra.Add(BootInfoHeader.AcpiId, Firmware.Description);
        if (!_boot->FrameBuffer.IsEmpty)
            extra.Add(BootInfoHeader.FrameBufferId, _boot->FrameBuffer);

        _information->ExtraBootInfoPages.Start = _next;
        Put(_next++, Capability.ToFrame(_extra, Limits.PageBits, isDevice: false));
        _information->ExtraBootInfoPages.End = _next;
        for (int i = 1; i < _boot->ModuleCount; i++)
            AddModule(_boot->Module(i), ref extra);
        _information->ExtraLength = extra.Length;
    }

    private void AddModule(MultibootModule* module, ref ExtraInformation extra)
    {
        ulong rest = (ulong)(sizeof(BootModule) - sizeof(BootInfoHeader));
        byte* content = extra.Add(BootInfoHeader.ModuleId, rest + (ulong)module->Name.Length + 1);
        var description = (BootModule*)(content - sizeof(BootInfoHeader));
        description->Size = module->End - module->Start;
        description->Frames.Start = _next;
        for (ulong page = module->Start; page < module->End; page += Page)
            Put(_next++, Capability.ToFrame(Physical.ToPointer(page), Limits.PageBits, isDevice: false));
        description->Frames.End = _next;
        ExtraInformation.Copy(module->Name, content + rest);
    }

    /// <summary>Describes the untyped memory that the core cut out of the region, and adds the other stretches of RAM and all that is none.</summary>
    private void AddMemory(in PageSupply region)
    {
        MemoryMap memory = _boot->Memory;
        _next = _information->Untyped.End;
        for (ulong slot = _information->Untyped.Start; slot < _next; slot++)
        {
            Describe(slot).Address += region.Next;
            _slots[slot].Cap.Watermark = 1UL << _slots[slot].Cap.Bits;
        }

        for (ulong end = region.End; memory.TryFindLargePages(end, out ulong start, out end);)
            AddUntyped(start, end, isDevice: false);
        ulong hole = 0;
        for (; memory.TryFind(hole, out ulong ram, out ulong ramEnd); hole = ramEnd)
            AddDevices(hole, ram);
        AddDevices(hole, 1UL << Features.PhysicalBits);
        _information->Untyped.End = _next;
        _information->Empty.Start = _next;
    }

    /// <summary>Adds a hole in memory, but for the interrupt controllers, which are the kernel's.</summary>
    private void AddDevices(ulong start, ulong end)
    {
        if (TryCut(start, end, IOApic.PhysicalAddress, Page) || TryCut(start, end, LocalApic.PhysicalAddress, LocalApic.MessageBytes))
            return;
        AddUntyped((start + Page - 1) & ~(Page - 1), PageOf(end), isDevice: true);
    }

    private bool TryCut(ulong start, ulong end, ulong cut, ulong size)
    {
        if (cut < start || cut >= end)
            return false;
        AddDevices(start, cut);
        AddDevices(cut + size, end);
        return true;
    }

    /// <summary>Adds a stretch in the largest aligned blocks.</summary>
    private void AddUntyped(ulong start, ulong end, bool isDevice)
    {
        while (start < end && _next - _information->Untyped.Start < BootInfo.MaxUntyped)
        {
            int bits = Math.Min(BitOperations.TrailingZeroCount(start), BitOperations.Log2(end - start));
            Describe(_next) = new UntypedDescription { Address = start, SizeBits = (byte)bits, IsDevice = isDevice ? (byte)1 : (byte)0 };
            Capability block = Capability.ToUntyped(Physical.ToPointer(start), bits, isDevice);
            block.Watermark = isDevice ? 0 : 1UL << bits;
            Put(_next++, block);
            start += 1UL << bits;
        }
    }

    private readonly ref UntypedDescription Describe(ulong slot) => ref ((UntypedDescription*)(_information + 1))[slot - _information->Untyped.Start];

    private void MapImage()
    {
        _information->UserImagePaging.Start = _next;
        for (int level = PageTables.RootLevel; level > 1; level--)
        {
            ulong size = 1UL << PageTables.EntryBits(level);
            for (ulong address = _firstPage & ~(size - 1); address <= ExtraAddress; address += size)
                AddTable(address, level);
        }

        _information->UserImagePaging.End = _next;
        _information->UserImageFrames.Start = _next;
        for (int i = 0; i < _image.SegmentCount; i++)
        {
            if (_image.Segment(i)->IsLoaded)
                LoadSegment(_image.Segment(i));
        }

        _information->UserImageFrames.End = _next;
        Map(RootSlot.IpcBuffer, BufferAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Map(RootSlot.BootInfoFrame, InformationAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Map(_information->ExtraBootInfoPages.Start, ExtraAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
    }

    private void AddTable(ulong address, int level)
    {
        Capability table = Capability.OfMachine(
            level switch { 2 => CapType.PageTable, 3 => CapType.PageDirectory, _ => CapType.Pdpt }, _tables, Limits.PageBits);
        _tables += Page;
        table.Word1 = new Mapping(AsidOfRoot, address).Raw;
        *PageTables.Find(Root, address, level, out _) = TableInvocations.Entry(table.Address);
        Put(_next++, table);
    }

    private void LoadSegment(ElfSegment* segment)
    {
        byte* content = _image.Content(segment);
        CapRights rights = segment->IsWritable ? CapRights.ReadWrite : CapRights.Read;
        X86VMAttributes attributes = segment->IsExecutable ? X86VMAttributes.WriteBack : X86VMAttributes.ExecuteNever;
        for (ulong page = PageOf(segment->Address); page < segment->Address + segment->MemorySize; page += Page)
        {
            // What of the page is in the file; the rest stays zero.
            ulong start = Math.Max(page, segment->Address), end = Math.Min(page + Page, segment->Address + segment->FileSize);
            for (ulong address = start; address < end; address++)
                _frames[address - page] = content[address - segment->Address];
            Put(_next, Capability.ToFrame(_frames, Limits.PageBits, isDevice: false));
            _frames += Page;
            Map(_next++, page, rights, attributes);
        }
    }

    private readonly void Map(ulong slot, ulong address, CapRights rights, X86VMAttributes attributes)
    {
        ref Capability frame = ref _slots[slot].Cap;
        ulong* entry = PageTables.Find(Root, address, 1, out _);
        if (*entry != 0)
            Panic.Boot("two segments of the root task share a page"u8);
        *entry = FrameInvocations.Entry(frame, rights, attributes);
        frame.Word1 = new Mapping(AsidOfRoot, address).Raw;
    }

    private readonly ulong* Root => _slots[RootSlot.VSpace].Cap.Root();

    private readonly uint AsidOfRoot => AddressSpaces.AsidOf(Root);

    private readonly void Put(ulong slot, in Capability capability) => DerivationTree.InsertRoot(capability, &_slots[slot]);
}
