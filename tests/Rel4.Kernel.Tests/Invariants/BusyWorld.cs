using Rel4.Kernel;

namespace Rel4.Kernel.Tests;

/// <summary>Is a world in which every structure of the kernel holds something.</summary>
internal sealed unsafe class BusyWorld : IDisposable
{
    public BusyWorld()
    {
        World = new World();
        Sender = World.Thread("sender");
        OtherSender = World.Thread("other sender");
        Waiter = World.Thread("waiter");
        Caller = World.Thread("caller");
        Server = World.Thread("server");
        Listener = World.Thread("listener");
        Ready = World.Thread("ready");
        Idle = World.Thread("idle");
        Queue = World.Endpoint("queue");
        Service = World.Endpoint("service");
        Signal = World.Notification("signal");
        Bound = World.Notification("bound");
        Active = World.Notification("active");
        Wire = World.Notification("wire");

        Sender.Send(Sender.Given(Queue, badge: 1));
        OtherSender.Send(OtherSender.Given(Queue, badge: 2));
        Waiter.Wait(Waiter.Given(Signal));
        Server.Recv(Server.Given(Service));
        Caller.Call(Caller.Given(Service, badge: 3));
        World.Root.TcbBindNotification(Listener, Bound).Ok();
        World.Root.Signal(Active);
        World.Root.Signal(World.Root.Given(Active, badge: 4));
        World.Root.NotificationRegisterReceiver(Wire, Listener).Ok();
        CPtr wire = Ready.Given(Wire, badge: 8);
        FirstSender = Register(Ready, wire);
        SecondSender = Register(Ready, Ready.Given(Wire, badge: 16));
        SharedSlot = Ready.SlotAt(wire);
        World.Root.TcbSuspend(Idle).Ok();

        Parent = World.Untyped(12, "parent");
        Child = World.FreeSlot();
        World.Root.UntypedRetype(Parent, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, Child.Value, 1).Ok();
        Half = World.CNode(3, "half deleted");
        World.Root.CNodeCopy(Half, 5, 3, RootSlot.CNode, Queue, Limits.WordBits, CapRights.All).Ok();
        World.Root.CNodeCopy(Half, 6, 3, RootSlot.CNode, Queue, Limits.WordBits, CapRights.All).Ok();
        World.Kernel.PreemptAt(1);
        _ = World.Root.CNodeDelete(RootSlot.CNode, Half);
        World.Kernel.PreemptAt(0);
    }

    public World World { get; }

    public StoryThread Sender { get; }

    public StoryThread OtherSender { get; }

    public StoryThread Waiter { get; }

    public StoryThread Caller { get; }

    public StoryThread Server { get; }

    public StoryThread Listener { get; }

    public StoryThread Ready { get; }

    public StoryThread Idle { get; }

    public StoryObject Queue { get; }

    public StoryObject Service { get; }

    public StoryObject Signal { get; }

    public StoryObject Bound { get; }

    public StoryObject Active { get; }

    public StoryObject Wire { get; }

    public StoryObject Parent { get; }

    public CPtr Child { get; }

    /// <summary>Gets a CNode whose deletion was preempted: a zombie.</summary>
    public StoryObject Half { get; }

    public ushort FirstSender { get; }

    public ushort SecondSender { get; }

    /// <summary>Gets the slot that <see cref="FirstSender"/> was registered through.</summary>
    public Slot* SharedSlot { get; }

    public KernelState* State => World.Kernel.State;

    public Sender* SenderAt(ushort number) => SenderLinks.At(State->Shared, number);

    public Endpoint* QueueObject => (Endpoint*)Queue.Address;

    public Notification* At(StoryObject notification) => (Notification*)notification.Address;

    public void Dispose() => World.Dispose();

    private ushort Register(StoryThread thread, CPtr notification)
    {
        thread.NotificationRegisterSender(notification).Ok();
        return thread.Tcb->FirstSender;
    }
}
