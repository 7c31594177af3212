using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Makes the root task of the first boot module, and gives it all there is (manual chapter "System Bootstrapping").</summary>
/// <remarks>
/// Behind the last page of its image come, a page each, its IPC buffer, the <see cref="BootInfo"/> and what further information there is. It starts with
/// the address of the second in RDI and everything else 0.
/// </remarks>
internal unsafe ref struct RootTask
{
    private const int RootCNodeBits = 12;
    private const ulong Page = 1UL << Limits.PageBits;

    // The hole for devices below 4 GiB, up to the interrupt controllers' registers, which are the kernel's.
    private const ulong DevicesEnd = 0xFEC0_0000;

    // The screen of old, and ROMs.
    private const ulong LowDevices = 0xA_0000;
    private const int LowDevicesBits = 17;

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

    private RootTask(MultibootInfo* boot)
    {
        _boot = boot;
        if (boot->ModuleCount == 0)
            Panic.Boot("there is no boot module to make the root task of"u8);
        _image = new ElfImage(boot->Module(0)->Content);
        if (!_image.IsValid)
            Panic.Boot("the first boot module is no statically linked x86-64 program"u8);
    }

    /// <summary>Makes it, in a kernel that it sets up in all the memory that is left.</summary>
    public static KernelState* Make(MultibootInfo* boot, ref PageSupply pages, ulong memoryEnd, uint megahertz)
    {
        var task = new RootTask(boot);
        task.TakePages(ref pages);
        task.StartKernel(ref pages);
        task.AddDevices(memoryEnd);
        task.MapImage();
        task.AddModules(megahertz);
        task._information->Empty.Start = task._next;
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
        _tables = Take(ref pages, TableCount(2) + TableCount(3) + TableCount(4));
        _frames = Take(ref pages, count);
        _extra = Take(ref pages, 1);
        _pool = Take(ref pages, 1);
    }

    private readonly ulong TableCount(int level)
    {
        int bits = PageTables.EntryBits(level);
        return (ExtraAddress >> bits) - (_firstPage >> bits) + 1;
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
        byte* region = Physical.ToPointer(pages.Next);
        Instructions.Clear(region, pages.Left);
        _kernel = Rel4.Kernel.Boot.Start(region, pages.Left, new BootParameters { RootCNodeBits = RootCNodeBits, Receivers = 0, Senders = 0 });
        if (_kernel == null)
            Panic.Boot("there is too little memory for the kernel"u8);
        Tcb* thread = _kernel->RootThread;
        _slots = (Slot*)thread->CSpaceRoot.Cap.Address;
        _information = (BootInfo*)_slots[RootSlot.BootInfoFrame].Cap.Address;
        _next = _information->Untyped.End;
        for (ulong i = 0; i < _information->Untyped.End - _information->Untyped.Start; i++)
            ((UntypedDescription*)(_information + 1))[i].Address += pages.Next;

        MetalMachine.Initialise(_kernel, _slots[RootSlot.Tcb].Cap);
        MetalMachine.Initialise(_kernel, _slots[RootSlot.VSpace].Cap);
        Put(RootSlot.IrqControl, Capability.OfMachine(CapType.IrqControl, null));
        Put(RootSlot.AsidControl, Capability.OfMachine(CapType.AsidControl, null));
        Put(RootSlot.IOPortControl, Capability.OfMachine(CapType.IOPortControl, null));
        Put(RootSlot.AsidPool, Capability.OfMachine(CapType.AsidPool, _pool));
        AddressSpaces.SetPool(0, (ulong**)_pool);
        _ = AddressSpaces.TryAssign((ulong*)_slots[RootSlot.VSpace].Cap.Address, 0);

        thread->SetIP(_image.Entry);
        thread->Context.Rdi = InformationAddress;
        thread->IpcBufferAddress = BufferAddress;
        _information->IpcBuffer = BufferAddress;
    }

    private void AddDevices(ulong memoryEnd)
    {
        AddDevice(LowDevices, LowDevicesBits);
        for (ulong start = memoryEnd; start < DevicesEnd;)
        {
            int bits = System.Numerics.BitOperations.TrailingZeroCount(start);
            while (DevicesEnd - start < 1UL << bits)
                bits--;
            AddDevice(start, bits);
            start += 1UL << bits;
        }

        _information->Untyped.End = _next;
    }

    private void AddDevice(ulong physical, int bits)
    {
        ulong number = _next - _information->Untyped.Start;
        if (number >= BootInfo.MaxUntyped)
            return;
        ((UntypedDescription*)(_information + 1))[number] = new UntypedDescription { Address = physical, SizeBits = (byte)bits, IsDevice = 1 };
        Put(_next++, Capability.Untyped(Physical.ToPointer(physical), bits, isDevice: true));
    }

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
        _information->ExtraBootInfoPages.Start = _next;
        Put(_next, Capability.Frame(_extra, Limits.PageBits, isDevice: false));
        Map(_next++, ExtraAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        _information->ExtraBootInfoPages.End = _next;
    }

    private void AddTable(ulong address, int level)
    {
        Capability table = Capability.OfMachine(
            level switch { 2 => CapType.PageTable, 3 => CapType.PageDirectory, _ => CapType.Pdpt }, _tables);
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
            Put(_next, Capability.Frame(_frames, Limits.PageBits, isDevice: false));
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

    /// <summary>Gives the frames of the other modules, and says in the further information which are whose.</summary>
    private void AddModules(uint megahertz)
    {
        byte* chunk = _extra;
        *(BootInfoHeader*)chunk = new BootInfoHeader { Id = BootInfoHeader.TscFrequencyId, Length = (ulong)sizeof(BootInfoHeader) + sizeof(ulong) };
        *(uint*)(chunk + sizeof(BootInfoHeader)) = megahertz;
        chunk += sizeof(BootInfoHeader) + sizeof(ulong);
        chunk = AddCommandLine(chunk, _boot->Module(0)->Name);
        for (int i = 1; i < _boot->ModuleCount; i++)
        {
            MultibootModule* module = _boot->Module(i);
            ReadOnlySpan<byte> name = module->Name;
            ulong length = ((ulong)sizeof(BootModule) + (ulong)name.Length + 8) & ~7UL;
            if (chunk + length > _extra + Page || (1UL << RootCNodeBits) - _next < (module->End - module->Start) / Page + 1)
                Panic.Boot("there are too many boot modules, or too large ones"u8);
            var description = (BootModule*)chunk;
            description->Header = new BootInfoHeader { Id = BootInfoHeader.ModuleId, Length = length };
            description->Size = module->End - module->Start;
            description->Frames.Start = _next;
            for (ulong page = module->Start; page < module->End; page += Page)
                Put(_next++, Capability.Frame(Physical.ToPointer(page), Limits.PageBits, isDevice: false));
            description->Frames.End = _next;
            Copy(name, chunk + sizeof(BootModule));
            chunk += length;
        }

        _information->ExtraLength = (ulong)(chunk - _extra);
    }

    private readonly byte* AddCommandLine(byte* chunk, ReadOnlySpan<byte> text)
    {
        ulong length = ((ulong)sizeof(BootInfoHeader) + (ulong)text.Length + 8) & ~7UL;
        if (chunk + length > _extra + Page)
            Panic.Boot("the root task's command line is too long"u8);
        *(BootInfoHeader*)chunk = new BootInfoHeader { Id = BootInfoHeader.CommandLineId, Length = length };
        Copy(text, chunk + sizeof(BootInfoHeader));
        return chunk + length;
    }

    // The page is zero, so the text ends with a zero byte.
    private static void Copy(ReadOnlySpan<byte> text, byte* destination)
    {
        for (int i = 0; i < text.Length; i++)
            destination[i] = text[i];
    }

    private readonly ulong* Root => (ulong*)_slots[RootSlot.VSpace].Cap.Address;

    private readonly uint AsidOfRoot => AddressSpaces.AsidOf(Root);

    private readonly void Put(ulong slot, in Capability capability) => DerivationTree.InsertRoot(capability, &_slots[slot]);
}
