using System.Net.Sockets;

namespace Rel4.Runtime.Tests.Async.Executors;

/// <summary>Are sockets refused where nobody would wake their coroutines?</summary>
public sealed class SocketTests
{
    [Fact]
    public void Socket_OnAThreadWithoutExecutor_IsRefused()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        Assert.Contains("no executor", Assert.Throws<InvalidOperationException>(() => new ExecutorSocket(socket)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new ExecutorSocket(null!));
        Assert.True(socket.Blocking);
    }

    [Fact]
    public void Socket_OnAnExecutorThatCantSleepForIt_IsRefused()
    {
        using var executor = EventParking.NewExecutor();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        Assert.Contains("ReL4.Run", Assert.Throws<InvalidOperationException>(() => new ExecutorSocket(socket)).Message, StringComparison.Ordinal);
    }
}
