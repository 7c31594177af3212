using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Exchanges messages between two threads.</summary>
public sealed class EndpointTests : IDisposable
{
    private const ulong Badged = SimWorld.FreeSlot, Spare = SimWorld.FreeSlot + 1;
    private readonly SimWorld _world = new();
    private readonly EndpointCap _endpoint;
    private readonly EndpointCap _client = new(Badged);
    private readonly TcbCap _thread;

    public EndpointTests()
    {
        _endpoint = new EndpointCap(_world.Make(ObjectType.Endpoint));
        _world.Root.Mint(_world.Root[_endpoint.CPtr], Badged, CapRights.All, badge: 42);
        _thread = _world.MakeThread();
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Call_ToAServer_ReturnsItsReply()
    {
        SimThread server = _world.Start(_thread, () =>
        {
            ReceivedMessage request = _endpoint.Receive();
            for (int i = 0; i < 3; i++)
                request = _endpoint.ReplyReceive(request.Label, request[0] + request[1], request.Badge);
            request.Reply(0);
        });

        for (ulong i = 0; i < 3; i++)
        {
            ReceivedMessage reply = _client.Call(i, 100, i);
            Assert.Equal(i, reply.Label);
            Assert.Equal([100 + i, 42], reply.Words.ToArray());
        }

        Assert.Empty(_client.Call(9).Words.ToArray());
        server.Join();
    }

    [Fact]
    public void Send_OfTheLongestMessage_BringsEveryWord()
    {
        ulong[] words = [.. Enumerable.Range(1, Limits.MessageWords).Select(i => (ulong)i * 3)];
        SimThread sender = _world.Start(_thread, () => _client.Send(5, words));

        ReceivedMessage message = _endpoint.Receive();

        Assert.Equal(words, message.Words.ToArray());
        sender.Join();
    }

    [Fact]
    public void Send_OfMoreThanAMessageHolds_IsRefusedWithTheLimits()
    {
        Assert.Contains(
            "at most 120 words, and 121", Assert.Throws<ArgumentException>(() => _client.Send(0, new ulong[121])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "at most 3 capabilities, and "
            + "4", Assert.Throws<ArgumentException>(() => _client.Send(0, [], [1, 2, 3, 4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NBSend_WithoutAReceiver_DropsTheMessage()
    {
        _client.NBSend(1, 2);

        Assert.False(_endpoint.TryReceive(out _));
    }

    [Fact]
    public void NBSend_ToAWaitingReceiver_Arrives()
    {
        ulong label = 0;
        SimThread receiver = _world.Start(_thread, () => label = _endpoint.Receive().Label);
        _world.WaitUntilBlocked(_thread);

        _client.NBSend(7, [], []);
        receiver.Join();

        Assert.Equal(7UL, label);
    }

    [Fact]
    public void TryReceive_FromAWaitingSender_TakesItsMessage()
    {
        SimThread sender = _world.Start(_thread, () => _client.Send(1, 2));
        _world.WaitUntilBlocked(_thread);

        Assert.True(_endpoint.TryReceive(out ReceivedMessage message));
        Assert.Equal((42UL, 1UL, 2UL), (message.Badge, message.Label, message[0]));
        sender.Join();
    }

    [Fact]
    public void Capability_SentWithAMessage_GoesIntoTheReceiveSlot()
    {
        ulong notification = _world.Make(ObjectType.Notification);
        SimThread sender = _world.Start(_thread, () => _client.Send(0, [1], [notification]));

        _world.Root.ReceiveInto(Spare);
        ReceivedMessage message = _endpoint.Receive();

        Assert.Equal(1, message.CapabilityCount);
        Assert.True(message.HasReceivedCapability);
        Assert.False(message.TryGetUnwrapped(0, out _));
        new NotificationCap(Spare).Signal();
        new NotificationCap(notification).Wait();
        sender.Join();
    }

    [Fact]
    public void Capability_ToTheEndpointItself_ArrivesAsItsBadge()
    {
        SimThread sender = _world.Start(_thread, () => _client.Send(0, [], [Badged]));

        ReceivedMessage message = _endpoint.Receive();

        Assert.True(message.TryGetUnwrapped(0, out ulong badge));
        Assert.Equal(42UL, badge);
        Assert.False(message.HasReceivedCapability);
        sender.Join();
    }

    [Fact]
    public void ReplyToken_OfASavedCaller_AnswersLater()
    {
        ulong first = 0;
        TcbCap other = _world.MakeThread();
        SimThread caller = _world.Start(_thread, () => first = _client.Call(1)[0]);
        _endpoint.Receive();
        _world.Root.SaveCaller(Spare);

        SimThread second = _world.Start(other, () => Assert.Equal(2UL, _client.Call(2).Label));
        ReceivedMessage message = _endpoint.Receive();
        message.Reply(message.Label);
        second.Join();
        new ReplyToken(Spare).Reply(0, 99);
        caller.Join();

        Assert.Equal(99UL, first);
        Assert.True(_world.IsEmpty(Spare));
    }

    [Fact]
    public void WithMRs_OfShortMessages_KeepsThemOutOfTheBuffer()
    {
        SimThread server = _world.Start(_thread, () =>
        {
            ulong b, c, d;
            SeL4.RecvWithMRs(_endpoint.CPtr, out _, out ulong a, out b, out c, out d);
            ulong sum = a + b + c + d, none = 0;
            var one = new MessageInfo(0, 0, 0, 1);
            MessageInfo info = SeL4.ReplyRecvWithMRs(_endpoint.CPtr, one, out _, ref sum, ref none, ref none, ref none);
            SeL4.ReplyWithMRs(info, sum);
        });
        SeL4.SetMR(0, 0xAA);
        ulong mr0 = 1, mr1 = 2, mr2 = 3, mr3 = 4;

        SeL4.CallWithMRs(Badged, new MessageInfo(0, 0, 0, 4), ref mr0, ref mr1, ref mr2, ref mr3);
        Assert.Equal(10UL, mr0);
        SeL4.CallWithMRs(Badged, new MessageInfo(5, 0, 0, 1), ref mr0, ref mr1, ref mr2, ref mr3);

        Assert.Equal(10UL, mr0);
        Assert.Equal(0xAAUL, SeL4.GetMR(0));
        server.Join();
    }

    [Fact]
    public void Yield_OfTheOnlyThread_ComesBack() => SeL4.Yield();
}
