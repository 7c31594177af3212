using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>A task that the broker has built: one thread, an address space and a CNode, all of one block of memory.</summary>
/// <remarks>Whatever happens to the block or the thread, calls on them fail and hurt nobody: none is required to succeed once the task runs.</remarks>
internal sealed unsafe class BrokerTask
{
    private const ulong BlockBits = 23;
    private const ulong BlockSlots = 320;

    private readonly ulong _block;
    private readonly ulong _firstSlot;
    private readonly ulong _pageFrame;
    private readonly BrokerPage* _page;

    // The bell with the bit to be rung.
    private readonly ulong _ring;
    private ulong _entry;

    /// <summary>Takes a place for a task, with memory of its own.</summary>
    public BrokerTask(uint number)
    {
        Number = number;
        _block = Objects.Make(ObjectType.Untyped, BlockBits);
        _firstSlot = Objects.TakeSlots(BlockSlots);
        _ring = Objects.TakeSlot();
        _pageFrame = Objects.Make(ObjectType.Page4K);
        _page = (BrokerPage*)Window.Alias(_pageFrame);
        Ends = new BrokerEnd[BrokerLayout.Channels];
        for (int i = 0; i < Ends.Length; i++)
            Ends[i] = new BrokerEnd(Objects.TakeSlot());
    }

    /// <summary>Gets which of the broker's places it has.</summary>
    public uint Number { get; }

    /// <summary>Gets how many tasks the place had before; each is known by it and the number.</summary>
    public ulong Generation { get; private set; }

    /// <summary>Gets whether there is a task.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Gets the slot of its thread.</summary>
    public ulong Thread { get; private set; }

    /// <summary>Gets the slot of its CNode.</summary>
    public ulong Node { get; private set; }

    /// <summary>Gets the slot of its bell.</summary>
    public ulong Bell { get; private set; }

    /// <summary>Gets its address space.</summary>
    public AddressSpace Space { get; private set; }

    /// <summary>Gets its ends of channels, by its own numbers for them.</summary>
    public BrokerEnd[] Ends { get; }

    /// <summary>Gets what it may call, by its slots.</summary>
    public BrokerEndpoint?[] Callable { get; } = new BrokerEndpoint?[1 << BrokerLayout.NodeBits];

    /// <summary>Gets the block of memory that it is made of: to revoke it destroys the task.</summary>
    public ulong Block => _block;

    /// <summary>Builds a task, which does not run yet.</summary>
    public void Build(ElfImage image, ulong endpoint, ulong priority, ulong processor, ulong processors)
    {
        Generation++;
        for (int i = 0; i < Callable.Length; i++)
            Callable[i] = null;
        Objects.BeginBlock(_block, _firstSlot, _firstSlot + BlockSlots);
        Thread = Objects.Make(ObjectType.Tcb);
        Node = Objects.Make(ObjectType.CapTable, BrokerLayout.NodeBits);
        Bell = Objects.Make(ObjectType.Notification);
        Space = AddressSpace.Make();
        ulong buffer = Space.MapNew(BrokerLayout.IpcBuffer);
        image.LoadInto(Space);
        ulong page = Objects.Copy(_pageFrame, CapRights.Read);
        Space.Map(page, BrokerLayout.Page, CapRights.Read, X86VMAttributes.ExecuteNever);
        Objects.EndBlock();
        _entry = image.Entry;

        // The page's copy is not of the block.
        PageCopy = page;
        for (int i = 0; i < BrokerLayout.Channels; i++)
            *BrokerPage.Entry(_page, i) = default;
        _page->Processor = processor;
        _page->Processors = processors;

        var guard = new CNodeCapData(0, Limits.WordBits - BrokerLayout.NodeBits);
        Grant(Bell, BrokerLayout.Bell, CapRights.Read);
        Grant(Thread, BrokerLayout.Thread, CapRights.All);
        Grant(Node, BrokerLayout.Node, CapRights.All);
        Grant(endpoint, BrokerLayout.Broker, CapRights.Write | CapRights.Grant, Broker.BadgeOf(this, BrokerBadge.Task));
        Grant(endpoint, BrokerLayout.Faults, CapRights.Write | CapRights.Grant, Broker.BadgeOf(this, BrokerBadge.Fault));
        Terminal.Require(
            SeL4.TCB_Configure(Thread, BrokerLayout.Faults, Node, guard.Raw, Space.Root, 0, BrokerLayout.IpcBuffer, buffer), "configuring a task"u8);
        Terminal.Require(SeL4.TCB_SetPriority(Thread, RootSlot.Tcb, priority), "setting a task's priority"u8);
        Terminal.Require(SeL4.TCB_BindNotification(Thread, Bell), "binding a task's bell"u8);
        if (processor != 0)
            Terminal.Require(SeL4.TCB_SetAffinity(Thread, processor), "giving a task a processor"u8);
        IsAlive = true;
    }

    /// <summary>Lets the task run.</summary>
    /// <param name="argument">Given to its <c>task_main</c>.</param>
    public void Start(ulong argument = 0)
    {
        UserContext registers = default;
        registers.Rip = _entry;
        registers.Rdi = argument;
        Terminal.Require(SeL4.TCB_WriteRegisters(Thread, true, 0, UserContext.Count, &registers), "starting a task"u8);
    }

    /// <summary>Lets the task receive from an endpoint.</summary>
    public void LetReceive(BrokerEndpoint endpoint, ulong slot)
    {
        Grant(endpoint.Slot, slot, CapRights.Read | CapRights.Grant);
        endpoint.Begin(this);
    }

    /// <summary>Lets the task call an endpoint.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="slot">Where the task finds it.</param>
    /// <param name="badge">Who the task is to whoever receives: 0 to 2^62 − 1.</param>
    public void LetCall(BrokerEndpoint endpoint, ulong slot, ulong badge)
    {
        Grant(endpoint.Slot, slot, CapRights.Write | CapRights.Grant, badge | BrokerLayout.IsMessage);
        Callable[(int)slot] = endpoint;
    }

    /// <summary>Lets the task signal another.</summary>
    /// <param name="other">The other, which waits by its <see cref="BrokerLayout.Bell"/>.</param>
    /// <param name="bit">By which bit of the word: 32 to 61.</param>
    /// <param name="slot">Where the task finds the notification.</param>
    public void LetSignal(BrokerTask other, int bit, ulong slot)
    {
        if ((BrokerLayout.Signals >> bit & 1) == 0)
            Terminal.Panic("no bit for signals"u8);
        Grant(other.Bell, slot, CapRights.Write, 1UL << bit);
    }

    /// <summary>Gives the task a capability of the root task's.</summary>
    public void Grant(ulong source, ulong slot, CapRights rights, ulong badge = 0) => Terminal.Require(TryGrant(source, slot, rights, badge), "granting a capability"u8);

    /// <summary>Gives the task a capability of the root task's, if it is there still.</summary>
    public SeL4Error TryGrant(ulong source, ulong slot, CapRights rights, ulong badge = 0) =>
        SeL4.CNode_Mint(Node, slot, BrokerLayout.NodeBits, RootSlot.CNode, source, Limits.WordBits, rights, badge);

    /// <summary>Takes a capability of the task's away.</summary>
    public void TakeAway(ulong slot)
    {
        Callable[(int)slot] = null;
        SeL4.CNode_Delete(Node, slot, BrokerLayout.NodeBits);
    }

    /// <summary>Gets how often it has entered the kernel by what it does itself.</summary>
    public ulong Entries => SeL4.TCB_ReadEntries(Thread, out EntryCounts entries) == SeL4Error.NoError ? entries.SystemCalls + entries.Exceptions : 0;

    /// <summary>Gets whether its thread is there, whatever that does.</summary>
    public bool HasThread => SeL4.TCB_ReadEntries(Thread, out _) == SeL4Error.NoError;

    /// <summary>Finds a number for another channel; −1 if there is none.</summary>
    public int FindFree()
    {
        for (int i = 0; i < Ends.Length; i++)
        {
            if (Ends[i].Stage == ChannelStage.Free)
                return i;
        }

        return -1;
    }

    /// <summary>Tells the task what has become of a channel.</summary>
    public void Show(int number, ChannelStage stage, uint sender = 0)
    {
        Ends[number].Stage = stage;
        ChannelEntry* entry = BrokerPage.Entry(_page, number);
        entry->Sender = sender;
        // Pairs with the read in the task's ChannelLine: orders what is told before the word that says so.
        Volatile.Write(ref entry->Stage, (uint)stage);
    }

    /// <summary>Rings a bit of the task's bell.</summary>
    public void Ring(int bit)
    {
        if (Objects.TryMint(Bell, _ring, 1UL << bit) != SeL4Error.NoError)
            return;
        SeL4.Signal(_ring);
        Objects.Delete(_ring);
    }

    /// <summary>Stops the thread, for ever.</summary>
    public void Stop()
    {
        IsAlive = false;
        SeL4.TCB_Suspend(Thread);
    }

    /// <summary>Takes all memory back.</summary>
    public void Free()
    {
        Terminal.Require(Objects.Revoke(_block), "taking a task's memory back"u8);
        Objects.Delete(PageCopy);
    }

    private ulong PageCopy { get; set; }
}
