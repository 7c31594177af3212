using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Uses capability addresses that lead nowhere.</summary>
public sealed class FaultTests : IDisposable
{
    private const ulong Nowhere = 300;
    private readonly SimWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Send_ToAnAddressOutsideTheCSpace_SaysWhyItWasNotFound()
    {
        SeL4FaultException exception = Assert.Throws<SeL4FaultException>(() => new EndpointCap(Nowhere).Send(0));

        Assert.Equal(
            "Send on capability 300 faulted while sending: it was not found: with 64 bits of its address left, these don't begin with "
            + "the CNode's guard, "
            + "0 in 56 bits (a slot number beyond the CNode's slots looks so as well). "
            + "This thread has no fault handler that could supply the capability (Tcb.Configure, faultHandler).",
            exception.Message);
        Assert.Equal((FaultType.CapFault, Syscall.Send, Nowhere), (exception.Fault, exception.Syscall, exception.Capability));
        Assert.Equal((Nowhere, false), (exception.Details.Address, exception.Details.IsReceiving));
    }

    [Fact]
    public void Call_WithACapabilityThatIsNotThere_NamesTheOneToBeSent()
    {
        var endpoint = new EndpointCap(_world.Make(ObjectType.Endpoint));

        SeL4FaultException exception = Assert.Throws<SeL4FaultException>(() => endpoint.Call(0, [], [Nowhere]));

        Assert.Contains(
            $"Call on capability {endpoint.CPtr} faulted while sending: capability 300, to be sent with the message, was not found: ",
            exception.Message, StringComparison.Ordinal);
        Assert.Equal(Nowhere, exception.Details.Address);
    }

    [Fact]
    public void Receive_FromWhatCantBeReceivedFrom_SaysWhatToUse()
    {
        SeL4FaultException exception = Assert.Throws<SeL4FaultException>(() => new EndpointCap(RootSlot.CNode).Receive());

        Assert.Equal(
            "Recv on capability 2 faulted while receiving: it can't be received from. "
            + "Use an endpoint with the Read right, or a notification with it that belongs to no other thread. "
            + "This thread has no fault handler that could supply the capability (Tcb.Configure, faultHandler).",
            exception.Message);
        Assert.True(exception.Details.IsReceiving);
    }

    [Fact]
    public void Thread_AfterAFault_GoesOn()
    {
        Assert.Throws<SeL4FaultException>(() => new EndpointCap(Nowhere).Send(0));

        new NotificationCap(_world.Make(ObjectType.Notification)).Signal();
    }

    [Fact]
    public void Fault_WithAHandler_IsRepairedByIt()
    {
        ulong handlers = _world.Make(ObjectType.Endpoint), node = _world.Make(ObjectType.CapTable, 4);
        var endpoint = new EndpointCap(_world.Make(ObjectType.Endpoint));
        // The thread's CSpace holds its handler, and a CNode behind which there is nothing yet: addresses below it fault.
        _world.Root.Copy(_world.Root[handlers], SimWorld.FreeSlot);
        var thread = new TcbCap(_world.Make(ObjectType.Tcb));
        var space = new CNodeCap(node, 4);
        space.Copy(_world.Root[handlers], 1);
        thread.Configure(space, _world.Space, 0x1000, new FrameCap(_world.Make(ObjectType.Page4K)), faultHandler: 1UL << 60);
        thread.Resume();
        SimThread sender = _world.Start(thread, () => new EndpointCap(0x2UL << 60).Receive());

        ReceivedMessage message = new EndpointCap(handlers).Receive();
        CapabilityFault fault = CapabilityFault.Read();
        Assert.Equal((ulong)FaultType.CapFault, message.Label);
        Assert.Equal((0x2UL << 60, true), (fault.Address, fault.IsReceiving));
        space.Copy(_world.Root[endpoint.CPtr], 2);
        message.Reply(0);

        endpoint.Send(1);
        sender.Join();
    }
}
