using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Knows what of a thread is loaded on the processor: registers, segment bases and address space. The next thread's are loaded where they differ.</summary>
/// <remarks>
/// Who is to run is the core's to say (<see cref="KernelState.Current"/>), and every exit loads that thread. <c>Boot/entry.asm</c> has this structure, and loads the registers. Whenever a
/// thread enters the kernel:
/// <list type="number">
/// <item>It is the core's current one. <see cref="ContextEnd"/> is behind the registers in its context; <see cref="Running"/> is that and its flags, and 0 if it has no floating-point
/// unit, so that the exit to it takes that away again.</item>
/// <item>CR3 has the address space that its TCB names, if that has an ASID, and else the kernel's own root; and this remembers the capability's word 0.</item>
/// <item>Where user code can't set the bases of FS and GS, they are those in its context, or 0, which user code makes them by a selector. Elsewhere they are what it made of them:
/// <c>entry.asm</c> changes them with the thread.</item>
/// </list>
/// While no thread runs, all stays as the last one left it, if there is one processor. A thread's memory becomes another's only by a system call, at whose entry nothing here is about the one that had it; and by
/// one of another processor's, which first has this one let go (<see cref="Remote"/>): then nothing here is about any thread or space, until the next exit.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProcessorState
{
    private const uint FsBase = 0xC000_0100;
    private const uint GsBase = 0xC000_0101;

    /// <summary>Where the next entry pushes registers down from: the bases in the context of the thread that ran last, which follow them there.</summary>
    public ulong* ContextEnd;

    /// <summary>Tells at exit whether the same thread goes on as it was.</summary>
    public ulong Running;

    // Word 0 of the capability that is loaded; 0 if that is the kernel's own root, so that the next thread's is looked at.
    private ulong _space;

    // entry.asm's, for an instant.
    private readonly ulong _userStack;

    private KernelState* _kernel;

    // The bases while nothing is about a thread.
    private fixed ulong _noBases[2];

    // entry.asm's way back to user code.
    private ulong _resume;

    private uint _isUp;

    private uint _isAsked;

    // An interrupt is on its way to it; taken back when it is handled, so one is enough whatever comes meanwhile.
    private bool _isToldToReschedule;

    /// <summary>Whether user code sets the bases of FS and GS by itself (FSGSBASE), so that each change of thread exchanges them.</summary>
    public bool UsersSetBases;

    /// <summary>Whether each change of thread replaces the pointers of the last x87 instruction.</summary>
    public bool ReplacesPointers;

    // Which processor it is; and the number of its local APIC.
    private byte _processor;

    /// <summary>The thread whose user interrupts are loaded; null after what changed them, and before the first.</summary>
    public Tcb* Interrupted;

    /// <summary>Whether the next exit loads those of its thread: whenever a thread's are loaded, and always where the processor has them, so that no thread runs with another's.</summary>
    public ulong ExchangesInterrupts;

    /// <summary>The thread whose user interrupts are loaded, where the processor delivers them: nothing is to be done when it goes on.</summary>
    public Tcb* Settled;

    /// <summary>Whether those that are loaded are as after a reset: the thread neither receives nor sends.</summary>
    public bool HasNoInterrupts;

    /// <summary>Gets the number by which others send it interrupts.</summary>
    public byte ApicNumber { get; private set; }

    /// <summary>Gets that of the processor that asks. Whoever has the kernel's state of it has a shorter way.</summary>
    public static ProcessorState* Own
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Instructions.Processor;
    }

    /// <summary>Gets that of any processor.</summary>
    public static ProcessorState* Of(uint processor) => Instructions.ProcessorOf(processor);

    /// <summary>Gets or sets whether the processor can do what the kernel needs. It says so itself, and the first waits for it.</summary>
    public bool IsUp
    {
        get => System.Threading.Volatile.Read(ref _isUp) != 0;
        set => System.Threading.Volatile.Write(ref _isUp, value ? 1u : 0);
    }

    /// <summary>Gets or sets whether it has to let go of its thread and address space. Another processor asks for it, and waits until it is taken back.</summary>
    public bool IsAsked
    {
        // The reads pair with the writes, on another processor each: who asks has written before, page tables above all, what who lets go sees then; and that one has saved before what who waits sees then.
        get => System.Threading.Volatile.Read(ref _isAsked) != 0;
        set => System.Threading.Volatile.Write(ref _isAsked, value ? 1u : 0);
    }

    /// <summary>Takes note that no thread has run on this processor.</summary>
    public static void Start(uint processor, byte apicNumber)
    {
        Own->ContextEnd = Own->_noBases;
        Own->_processor = (byte)processor;
        Own->ApicNumber = apicNumber;
    }

    /// <summary>Sets the paths in and out.</summary>
    /// <param name="paths">Two addresses.</param>
    public static void SetPaths(ulong* paths)
    {
        Features.SetEntry(paths[0]);
        Own->_resume = paths[1];
    }

    /// <summary>Takes note of what the kernel knows of the processor; every entry gets it.</summary>
    public static void Attach(ProcessorState* processor, KernelState* kernel)
    {
        processor->_kernel = kernel;
        // As after a reset; and whatever a thread sets of it from now on is its own.
        processor->HasNoInterrupts = Features.HasUserInterrupts;
        processor->ExchangesInterrupts = Features.HasUserInterrupts ? 1UL : 0;
        kernel->MachineData = processor;
    }

    /// <summary>Saves what the processor has of the last thread beside the registers saved at entry, and refers to it and to its address space no more.</summary>
    public static void LetGo()
    {
        ProcessorState* own = Own;
        UserInterruptController.Unload();
        if (own->ContextEnd != own->_noBases)
        {
            if (own->UsersSetBases)
            {
                own->ContextEnd[0] = Instructions.ReadMsr(FsBase);
                own->ContextEnd[1] = Instructions.ReadMsr(GsBase);
            }
            else
            {
                // For whoever runs next compares with these.
                LoadBases(own->_noBases);
            }

            own->ContextEnd = own->_noBases;
            own->Running = 0;
        }

        if (own->_space != 0)
            LeaveSpace();
    }

    /// <summary>Has the processor decide anew who runs.</summary>
    public void Reschedule()
    {
        if (_isToldToReschedule)
            return;
        _isToldToReschedule = true;
        LocalApic.Send((byte)LocalApic.RescheduleVector, ApicNumber);
    }

    /// <summary>Takes note that it does.</summary>
    public void TakeReschedule() => _isToldToReschedule = false;

    /// <summary>Gets whether some address space is loaded on the processor, or was wanted by its thread and could not be.</summary>
    public readonly bool HasLoadedAny => _space != 0;

    /// <summary>Tells whether a certain one is.</summary>
    public readonly bool HasLoaded(ulong* root) => _space != 0 && Packed.Pointer(_space) == root;

    /// <summary>Gets what the kernel knows of the processor.</summary>
    public readonly KernelState* Kernel => _kernel;

    /// <summary>Gets the number of the processor that asks.</summary>
    public static int Number => Own->_processor;

    /// <summary>Prepares the processor for the current thread.</summary>
    /// <returns>Its context, whose registers <c>entry.asm</c> loads; null if there is no thread to run.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UserContext* Leave(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;
        if (thread == null)
            return LeaveInterruptible(kernel);
        var own = (ProcessorState*)kernel->MachineData;
        if (((ulong)thread->ReceivedNotification | own->ExchangesInterrupts) != 0 && own->Settled != thread && !UserInterruptController.TryKeepNone(own, thread))
            return LeaveInterruptible(kernel);
        return Enter(own, thread);
    }

    // The thread to run has user interrupts, or another had; or there is none, and then what is in threads' batches can be done.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static UserContext* LeaveInterruptible(KernelState* kernel)
    {
        if (kernel->Current == null)
            BatchBell.ServeIdle(kernel);
        while (kernel->Current != null)
        {
            UserInterruptController.Load(kernel->Current);
            if (Features.HasUserInterrupts || UserInterruptEmulation.TryDeliver(kernel->Current, out Fault fault))
                return Enter((ProcessorState*)kernel->MachineData, kernel->Current);
            // It has no stack to take it on, and so a fault; another may be to run.
            Kernel<MetalMachine>.HandleFault(kernel, fault);
        }

        UserInterruptController.Unload();
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UserContext* Enter(ProcessorState* own, Tcb* thread)
    {
        if (thread->VSpaceRoot.Cap.Word0 != own->_space)
            LoadSpace(own, thread);
        return &thread->Context;
    }

    /// <summary>Stores what the thread that runs made of its bases.</summary>
    public static void SaveBases(Tcb* thread)
    {
        if (!Own->UsersSetBases)
            return;
        thread->Context.FsBase = Instructions.ReadMsr(FsBase);
        thread->Context.GsBase = Instructions.ReadMsr(GsBase);
    }

    /// <summary>Loads a thread's bases: two words in its context.</summary>
    public static void LoadBases(ulong* bases)
    {
        Instructions.WriteMsr(FsBase, Canonical(bases[0]));
        Instructions.WriteMsr(GsBase, Canonical(bases[1]));
    }

    /// <summary>Loads the bases of a thread that runs after another, which takes long, unless they are 0 for both. Where user code sets bases, <c>entry.asm</c> does it by itself.</summary>
    public static void ChangeBases(ulong* next, ulong* last)
    {
        if ((next[0] | next[1] | last[0] | last[1]) != 0)
            LoadBases(next);
    }

    /// <summary>Loads the kernel's own address space; so the next thread's is loaded anew.</summary>
    public static void LeaveSpace()
    {
        Own->_space = 0;
        Instructions.WriteCr3(Physical.Of(AddressSpaces.KernelRoot));
    }

    /// <summary>Tells whether an address space is loaded.</summary>
    public static bool IsLoaded(ulong* root) => Own->HasLoaded(root);

    /// <summary>Finds what does not hold, of what must when the current thread has entered.</summary>
    public static Violation Find(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;

        // Another processor may have had it let go of everything while it waited for the lock.
        if (thread != null && Own->ContextEnd == Own->_noBases)
            return Own->_space == 0 && (Instructions.ReadCr3() & PageEntry.AddressMask) == Physical.Of(AddressSpaces.KernelRoot) ? Violation.None : Violation.WrongSpace;
        if (thread == null || Own->ContextEnd != &thread->Context.FsBase
            || Own->Running != ((thread->Flags & TcbFlags.FpuDisabled) != 0 ? 0 : (ulong)Own->ContextEnd + (ulong)thread->Flags))
            return Violation.WrongThread;
        ref readonly Capability space = ref thread->VSpaceRoot.Cap;
        if (Own->_space != space.Word0
            || (Instructions.ReadCr3() & PageEntry.AddressMask) != Physical.Of(AddressSpaces.IsUsable(space) ? space.Address : AddressSpaces.KernelRoot))
            return Violation.WrongSpace;
        return Own->UsersSetBases || (IsBase(FsBase, thread->Context.FsBase) && IsBase(GsBase, thread->Context.GsBase))
            ? Violation.None : Violation.WrongBases;
    }

    private static bool IsBase(uint register, ulong address) => Instructions.ReadMsr(register) is var loaded && (loaded == 0 || loaded == Canonical(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadSpace(ProcessorState* own, Tcb* thread)
    {
        Capability space = thread->VSpaceRoot.Cap;
        own->_space = space.Word0;
        if (AddressSpaces.IsUsable(space))
            Instructions.WriteCr3(AddressSpaces.Refresh(space.Root()));
        else
            Instructions.WriteCr3(Physical.Of(AddressSpaces.KernelRoot));
    }

    /// <summary>Makes an address one that there is: another would fault where it is loaded. One in the kernel's half is of no use to user code.</summary>
    public static ulong Canonical(ulong address) => (ulong)((long)address << 16 >> 16);
}
