namespace Rel4.Kernel.Tests;

/// <summary>Does a story that goes wrong tell what it expected, what it found, and what had happened?</summary>
public sealed class StoryTests
{
    [Fact]
    public void Is_OtherState_NamesThreadStatesAndHistory()
    {
        using var world = new World();
        StoryThread client = world.Thread("client");
        client.Send(client.Given(world.Endpoint()), 0x2A);
        StoryException failure = Assert.Throws<StoryException>(() => client.Is(ThreadState.Running));
        Assert.Contains("client is BlockedOnSend, expected Running", failure.Message, StringComparison.Ordinal);
        Assert.Contains("client: Send #1, label 2a", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Received_OtherMessage_TellsBoth()
    {
        using var world = new World();
        StoryObject endpoint = world.Endpoint();
        StoryThread server = world.Thread("server");
        server.Recv(server.Given(endpoint));
        world.Root.Send(endpoint, 3, 10);
        StoryException failure = Assert.Throws<StoryException>(() => server.Received(7, 3, 10, 20));
        Assert.Contains(
            "received badge 0, label 3, [a], expected badge 7, label 3, [a 14]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ok_RefusedInvocation_TellsErrorAndWords()
    {
        using var world = new World();
        StoryException failure = Assert.Throws<StoryException>(() => world.Root.TcbSetPriority(world.Thread("t", 9), RootSlot.Tcb, 256).Ok());
        Assert.Contains("RangeError(0, 255), expected success", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Act_BlockedThread_IsNotAllowed()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        thread.Recv(thread.Given(world.Endpoint()));
        StoryException failure = Assert.Throws<StoryException>(thread.Yield);
        Assert.Contains("thread is BlockedOnReceive, so it cannot do anything", failure.Message, StringComparison.Ordinal);
    }
}
