namespace Rel4.Kernel.Tests;

/// <summary>Do clients and servers get what the manual's sections "Calling and Replying" and "Message Registers" promise?</summary>
public sealed unsafe class ConversationTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _client;
    private readonly StoryThread _server;
    private readonly StoryObject _endpoint;
    private readonly CPtr _toServer;
    private readonly CPtr _fromClients;

    public ConversationTests()
    {
        _client = _world.Thread("client");
        _server = _world.Thread("server", priority: 5);
        _endpoint = _world.Endpoint();
        _toServer = _client.Given(_endpoint, CapRights.Write | CapRights.GrantReply, badge: 7);
        _fromClients = _server.Given(_endpoint, CapRights.Read);
    }

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Call_WaitingServer_RepliesOnce()
    {
        _server.Recv(_fromClients);
        _client.Call(_toServer, 3, 10, 20);
        _server.Received(7, 3, 10, 20);
        _client.Is(ThreadState.BlockedOnReply);
        _server.Reply(30);
        _client.Received(0, 0, 30);
        _server.Reply(31);
        _client.Received(0, 0, 30);
    }

    [Fact]
    public void Call_ServerComesLater_RepliesToo()
    {
        _client.Call(_toServer, 3, 10);
        _client.Is(ThreadState.BlockedOnSend);
        _server.Recv(_fromClients);
        _server.Received(7, 3, 10);
        _server.ReplyRecv(_fromClients, 30);
        _client.Received(0, 0, 30);
        _server.Is(ThreadState.BlockedOnReceive);
    }

    [Fact]
    public void ReplyRecv_NextClientQueued_ServesIt()
    {
        StoryThread other = _world.Thread("other");
        _server.Recv(_fromClients);
        _client.Call(_toServer, 1);
        other.Call(other.Given(_endpoint, CapRights.Write | CapRights.GrantReply, badge: 8), 2);
        _server.ReplyRecv(_fromClients, 30);
        _client.Received(0, 0, 30);
        _server.Received(8, 2);
        _server.Reply(31);
        other.Received(0, 0, 31);
    }

    [Fact]
    public void Call_120Words_ArriveBothWays()
    {
        ulong[] words = [.. Enumerable.Range(0, 120).Select(i => (ulong)(i * i))];
        _server.Recv(_fromClients);
        _client.Call(_toServer, 1, words);
        _server.Received(7, 1, words);
        Array.Reverse(words);
        _server.Reply(words);
        _client.Received(0, 0, words);
    }

    [Fact]
    public void Send_LengthBeyond120_Is120()
    {
        _server.Recv(_fromClients);
        _world.Kernel.Trap(_client.Tcb, Syscall.Send, _toServer.Value, new MessageInfo(0, 0, 0, 127));
        Assert.Equal(120U, _server.Info.Length);
    }

    /// <summary>Words are copied in blocks: neither more than were sent, nor any behind a buffer that ends its page.</summary>
    [Fact]
    public void Send_EveryLength_WritesJustItsWordsOfTheBufferAtTheEndOfThePage()
    {
        const ulong AtEnd = 0xC00, Untouched = 0x5EED;
        const int Words = 1 << (Limits.PageBits - 3), First = (int)AtEnd / sizeof(ulong);
        StoryObject input = _world.Frame(), output = _world.Frame();
        _world.Root.TcbSetIpcBuffer(_client, AtEnd, input).Ok();
        _world.Root.TcbSetIpcBuffer(_server, AtEnd, output).Ok();
        ulong* sent = (ulong*)input.Address, got = (ulong*)output.Address;
        for (int i = 0; i < Words; i++)
            sent[i] = (ulong)i;
        for (int length = 0; length < 128; length++)
        {
            new Span<ulong>(got, Words).Fill(Untouched);
            _server.Recv(_fromClients);
            _world.Kernel.Trap(_client.Tcb, Syscall.Send, _toServer.Value, new MessageInfo(0, 0, 0, (uint)length));

            // The tag comes before the words.
            int behind = First + 1 + Math.Min(length, (int)Limits.MessageWords);
            for (int i = 0; i < Words; i++)
            {
                bool isWord = i > First + Limits.MessageRegisters && i < behind;
                Assert.True(got[i] == (isWord ? (ulong)i : Untouched), $"word {i} of the page, {length} sent: {got[i]:x}");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Send_OneSideWithoutBuffer_IsCutToRegisters(bool sender)
    {
        (sender ? _client : _server).LosesBuffer();
        _server.Recv(_fromClients);
        _client.Send(_toServer, 1, 10, 11, 12, 13, 14, 15);
        _server.Received(7, 1, 10, 11, 12, 13);
    }

    [Fact]
    public void Send_BufferReadOnly_CanBeSentFromButNotReceivedInto()
    {
        StoryObject frame = _world.Frame();
        CPtr readOnly = _world.Root.Given(frame, CapRights.Read);
        _world.Root.TcbSetIpcBuffer(_client, 0x400, readOnly).Ok();
        _server.Recv(_fromClients);
        _client.Send(_toServer, 1, 10, 11, 12, 13, 14);
        _server.Received(7, 1, 10, 11, 12, 13, 14);
        _client.Recv(_client.Given(_endpoint));
        _server.Send(_server.Given(_endpoint), 1, 10, 11, 12, 13, 14);
        _client.Received(0, 1, 10, 11, 12, 13);
    }

    [Fact]
    public void Call_WithoutGrantAndGrantReply_StopsTheCaller()
    {
        CPtr noReply = _client.Given(_endpoint, CapRights.Write);
        _server.Recv(_fromClients);
        _client.Call(noReply, 1);
        _server.Received(0, 1);
        _client.Is(ThreadState.Inactive);
        Assert.True(_server.Tcb->Caller.IsEmpty);
    }

    [Fact]
    public void Call_QueuedWithoutGrantAndGrantReply_StopsWhenTaken()
    {
        _client.Call(_client.Given(_endpoint, CapRights.Write), 1);
        _client.Is(ThreadState.BlockedOnSend);
        _server.Recv(_fromClients);
        _client.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Recv_AgainWithoutReply_ForgetsTheCaller()
    {
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _server.NBRecv(_fromClients);
        _server.Reply(30);
        _client.Is(ThreadState.BlockedOnReply);
        Assert.True(_client.Tcb->MasterReply.Next == null);
    }

    [Fact]
    public void Wait_WithoutReply_KeepsTheCaller()
    {
        StoryObject notification = _world.Notification();
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _server.Poll(_server.Given(notification));
        _server.Reply(30);
        _client.Received(0, 0, 30);
    }

    [Fact]
    public void SaveCaller_LaterReply_ReachesTheCallerOnce()
    {
        CPtr cspace = _server.GivenOwnCSpace(), saved = _server.FreeSlot();
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _server.CNodeSaveCaller(cspace, saved).Ok();
        _server.NBRecv(_fromClients);
        _server.Send(saved, 5, 30);
        _client.Received(0, 5, 30);
        Assert.True(_server.SlotAt(saved)->IsEmpty);
        _server.Call(saved);
        _server.Received(0, (ulong)SeL4Error.InvalidCapability, 0);
    }

    [Fact]
    public void Suspend_Caller_MakesItsReplyVoid()
    {
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _world.Root.TcbSuspend(_client).Ok();
        Assert.True(_server.Tcb->Caller.IsEmpty);
        _server.Reply(30);
        _client.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Delete_Caller_MakesItsReplyVoid()
    {
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _world.Root.CNodeDelete(RootSlot.CNode, _client).Ok();
        Assert.True(_server.Tcb->Caller.IsEmpty);
    }

    [Fact]
    public void Delete_Server_LeavesTheCallerWaiting()
    {
        _server.Recv(_fromClients);
        _client.Call(_toServer);
        _world.Root.CNodeDelete(RootSlot.CNode, _server).Ok();
        _client.Is(ThreadState.BlockedOnReply);
        Assert.True(_client.Tcb->MasterReply.Next == null);
    }

    [Fact]
    public void Send_ShorterThanRegisters_LeavesTheOthers()
    {
        _server.Recv(_fromClients);
        _server.Tcb->Context.R9 = 99;
        _client.Send(_toServer, 0, 1, 2);
        Assert.Equal(99UL, _server.Tcb->Context.R9);
    }
}
