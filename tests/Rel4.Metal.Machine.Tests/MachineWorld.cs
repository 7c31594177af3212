using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Sim;

namespace Rel4.Metal.Kernel;

/// <summary>Is the Metal kernel over plain memory, whose root thread invokes objects.</summary>
/// <remarks>
/// The machine's own state is static, as on Metal, so there is one at a time. Boots like <c>RootTask</c>, but maps nothing: what the root thread does
/// needs no memory.
/// </remarks>
internal sealed unsafe class MachineWorld : IDisposable
{
    private const int MemoryBits = 23;
    private const ulong Memory = 1UL << MemoryBits;
    private const ulong Page = 1UL << Limits.PageBits;
    private const int RootCNodeBits = 8;

    public const uint FsBase = 0xC000_0100;
    public const uint GsBase = 0xC000_0101;

    private readonly void* _allocation;
    private ulong _next;

    /// <summary>Boots.</summary>
    /// <param name="hasContexts">Whether the processor has process-context identifiers.</param>
    /// <param name="hasUserInterrupts">Whether it has user interrupts.</param>
    public MachineWorld(bool hasContexts, bool hasUserInterrupts = false)
    {
        _allocation = NativeMemory.AlignedAlloc((nuint)(Memory + Page), (nuint)Memory);
        NativeMemory.Clear(_allocation, (nuint)(Memory + Page));
        Physical.Start = (byte*)_allocation;
        Features.HasProcessContexts = hasContexts;
        Features.HasUserInterrupts = hasUserInterrupts;
        Instructions.Reset();
        LocalApic.Sent.Clear();

        Instructions.Processor = (ProcessorState*)NativeMemory.AllocZeroed((nuint)sizeof(ProcessorState));
        ProcessorState.Start(0, 0);

        // Behind the memory that the core has.
        AddressSpaces.Start(Memory);
        State = Rel4.Kernel.Boot.Start((byte*)_allocation, Memory, new BootParameters { RootCNodeBits = RootCNodeBits, SendersOffset = InterruptContext.SendersOffset });
        ProcessorState.Attach(ProcessorState.Own, State);
        Nobody = (PostedInterrupts*)NativeMemory.AlignedAlloc(64, 64);
        UserInterruptController.Start(Nobody);
        Slots = State->Shared->RootThread->CSpaceRoot.Cap.Slots;
        MetalMachine.InitialiseThread(State, Slots[RootSlot.Tcb].Cap.Thread);
        AddressSpaces.Initialise((ulong*)Slots[RootSlot.VSpace].Cap.Address);
        Put(RootSlot.IrqControl, Capability.ToAll(CapType.IrqControl));
        Put(RootSlot.AsidControl, Capability.OfMachine(CapType.AsidControl, null));
        Put(RootSlot.IOPortControl, Capability.ToAll(CapType.IOPortControl));
        Put(RootSlot.Domain, Capability.OfMachine(CapType.Domain, null));
        var information = (BootInfo*)Slots[RootSlot.BootInfoFrame].Cap.Address;
        Untyped = information->Untyped;
        FirstFree = _next = information->Empty.Start;
        Subject = new MachineSubject(this);
        if (hasUserInterrupts)
            UserInterruptController.Load(State->Current);
        Resume();
    }

    /// <summary>Gets the kernel.</summary>
    public KernelState* State { get; }

    /// <summary>Gets the UPID of nobody.</summary>
    public PostedInterrupts* Nobody { get; }

    /// <summary>Gets the root CNode.</summary>
    public Slot* Slots { get; }

    /// <summary>Gets the slots of the untyped memory.</summary>
    public SlotRegion Untyped { get; }

    /// <summary>Gets the first slot that is empty.</summary>
    public ulong FirstFree { get; }

    /// <summary>Gets what the core's invariants are checked of.</summary>
    public SurveySubject Subject { get; }

    /// <summary>Gets the first word of the last answer.</summary>
    public ulong Word0 => State->Shared->RootThread->Context.R10;

    /// <summary>Gets the slot of the smallest untyped memory of at least so many bytes.</summary>
    public ulong UntypedOf(int bits)
    {
        ulong best = Untyped.Start;
        for (ulong slot = Untyped.Start; slot < Untyped.End; slot++)
        {
            if (Slots[slot].Cap.Bits >= bits && (Slots[best].Cap.Bits < bits || Slots[slot].Cap.Bits < Slots[best].Cap.Bits))
                best = slot;
        }

        return best;
    }

    /// <summary>Makes an object out of the largest memory.</summary>
    /// <returns>The slot of its capability.</returns>
    public ulong Make(ObjectType type, int sizeBits = 0)
    {
        ulong slot = _next++;
        Require(Invoke(UntypedOf(Limits.LargePageBits + 1), InvocationLabel.UntypedRetype, [(ulong)type, (ulong)sizeBits, 0, 0, slot, 1], RootSlot.CNode));
        return slot;
    }

    /// <summary>Makes a pool of identifiers.</summary>
    public ulong MakePool(ulong memory)
    {
        ulong slot = _next++;
        Require(Invoke(RootSlot.AsidControl, InvocationLabel.X86AsidControlMakePool, [slot, Limits.WordBits], memory, RootSlot.CNode));
        return slot;
    }

    /// <summary>Copies a capability.</summary>
    public ulong Copy(ulong source)
    {
        ulong slot = _next++;
        Require(TryCopy(source, slot));
        return slot;
    }

    /// <summary>Copies a capability into a slot.</summary>
    public SeL4Error TryCopy(ulong source, ulong slot) => Invoke(
        RootSlot.CNode, InvocationLabel.CNodeCopy, [slot, Limits.WordBits, source, Limits.WordBits, (ulong)CapRights.All], RootSlot.CNode);

    /// <summary>Deletes a capability.</summary>
    public void Delete(ulong slot) => Require(Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [slot, Limits.WordBits]));

    /// <summary>Maps a page, and the tables that it needs.</summary>
    public void Map(ulong frame, ulong space, ulong address, X86VMAttributes attributes = X86VMAttributes.WriteBack)
    {
        MapTables(space, address);
        Require(TryMap(frame, space, address, attributes));
    }

    /// <summary>Maps the tables that a page needs.</summary>
    /// <returns>The slot of the page table.</returns>
    public ulong MapTables(ulong space, ulong address)
    {
        ulong pdpt = Make(ObjectType.Pdpt), directory = Make(ObjectType.PageDirectory), table = Make(ObjectType.PageTable);
        Require(Invoke(pdpt, InvocationLabel.X86PdptMap, [address, 0], space));
        Require(Invoke(directory, InvocationLabel.X86PageDirectoryMap, [address, 0], space));
        Require(Invoke(table, InvocationLabel.X86PageTableMap, [address, 0], space));
        return table;
    }

    /// <summary>Maps a page.</summary>
    public SeL4Error TryMap(ulong frame, ulong space, ulong address, X86VMAttributes attributes = X86VMAttributes.WriteBack) =>
        Invoke(frame, InvocationLabel.X86PageMap, [address, (ulong)CapRights.ReadWrite, (ulong)attributes], space);

    /// <summary>Lets the root thread run in an address space.</summary>
    public SeL4Error RunIn(ulong space) => Invoke(
        RootSlot.Tcb, InvocationLabel.TcbSetSpace, [0, new CNodeCapData(0, Limits.WordBits - RootCNodeBits).Raw, 0], RootSlot.CNode, space);

    /// <summary>Makes sure that a call succeeded.</summary>
    public static void Require(SeL4Error error)
    {
        if (error != SeL4Error.NoError)
            throw new InvalidOperationException($"a call that must succeed gave {error}");
    }

    /// <summary>Lets the root thread invoke an object. Its register words are what they were where there are fewer words.</summary>
    public SeL4Error Invoke(ulong service, InvocationLabel label, ReadOnlySpan<ulong> words, params ReadOnlySpan<ulong> caps) =>
        Trap(Syscall.Call, service, label, words, caps);

    /// <summary>Lets the current thread, which is the root thread unless a test has others, make a system call.</summary>
    /// <returns>The label of the answer; that of the message if none came.</returns>
    public SeL4Error Trap(Syscall call, ulong service, InvocationLabel label, ReadOnlySpan<ulong> words, params ReadOnlySpan<ulong> caps)
    {
        Tcb* thread = State->Current;
        IpcBuffer* buffer = Message.Buffer(thread, CapRights.ReadWrite);
        for (int i = 0; i < words.Length; i++)
            Message.SetWord(&thread->Context, buffer, (uint)i, words[i]);
        for (int i = 0; i < caps.Length; i++)
            buffer->CapsOrBadges[i] = caps[i];
        thread->Context.Rdx = (ulong)call;
        thread->Context.Rdi = service;
        thread->Context.Rsi = new MessageInfo((ulong)label, 0, (uint)caps.Length, (uint)words.Length).Raw;
        thread->FaultIP = thread->Context.Rip;
        thread->Context.Rip += 2;
        if (ProcessorState.Find(State) is not Violation.None and var found)
            throw new InvalidOperationException($"{found} before {label}");
        Kernel<MetalMachine>.HandleSystemCall(State);
        Resume();
        return (SeL4Error)new MessageInfo(thread->Context.Rsi).Label;
    }

    /// <summary>Lets the current thread run, as <c>entry.asm</c> does with what it is told.</summary>
    public void Resume()
    {
        UserContext* context = ProcessorState.Leave(State);
        if (context == null)
            return;
        if (ProcessorState.Own->ContextEnd != &context->FsBase)
            ChangeBases(&context->FsBase, ProcessorState.Own->ContextEnd);
        ProcessorState.Own->ContextEnd = &context->FsBase;
        ProcessorState.Own->Running = (State->Current->Flags & TcbFlags.FpuDisabled) != 0 ? 0 : (ulong)&context->FsBase + (ulong)State->Current->Flags;
    }

    public void Dispose()
    {
        Features.HasUserInterrupts = false;
        for (uint line = 0; line < InterruptLines.Count; line++)
            InterruptLines.Release(State, line);
        PortRange.Release(new PortRange(0, ushort.MaxValue));
        NativeMemory.AlignedFree(_allocation);
        NativeMemory.AlignedFree(Nobody);
        NativeMemory.Free(ProcessorState.Own);
    }

    private static void ChangeBases(ulong* next, ulong* last)
    {
        if (!ProcessorState.Own->UsersSetBases)
        {
            ProcessorState.ChangeBases(next, last);
            return;
        }

        last[0] = Instructions.ReadMsr(FsBase);
        last[1] = Instructions.ReadMsr(GsBase);
        ProcessorState.LoadBases(next);
    }

    private void Put(ulong slot, in Capability capability) => DerivationTree.InsertRoot(capability, &Slots[slot]);

    private sealed class MachineSubject(MachineWorld world) : SurveySubject(world.State, world.Slots, 1 << RootCNodeBits)
    {
        public override ReadyRule ReadyRule => ReadyRule.AllButCurrent;

        public override bool WaitsInKernel(Tcb* receiver) => UserInterruptUnit.Interrupts(receiver, LocalApic.WakeUpVector);

        public override ulong PendingOf(Tcb* receiver) => UserInterruptUnit.PendingOf(receiver);

        public override void AddSendersOf(Tcb* thread, List<nint> found)
        {
            for (int i = 0; i < InterruptContext.SenderCount; i++)
            {
                Sender* sender = UserInterruptController.FindSender(thread, i);
                if (sender != null)
                    found.Add((nint)sender);
            }
        }

        public override Sender* FindSender(Tcb* thread, int index) => UserInterruptController.FindSender(thread, index);

        public override SenderPlace PlaceOf(Sender* sender) => UserInterruptController.PlaceOf(sender);

        public override int VectorOf(Sender* sender)
        {
            SenderPlace place = PlaceOf(sender);
            return (int)(((ulong*)((byte*)&InterruptContext.Of(place.Thread)->Posted + 16))[2 * place.Index] >> 8);
        }
    }
}
