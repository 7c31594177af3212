using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Has sockets on the executor that also calls a service; their other ends block threads of the pool.</summary>
internal static class SocketPrograms
{
    private const int Clients = 32, Messages = 50, LongLength = 8 << 20;

    /// <summary>Forwards what many clients send to the service, one message after another, so that the executor sleeps for both.</summary>
    public static void ForwardOfMany() => ReL4.Run(async () =>
    {
        Task<bool>[] clients = new Task<bool>[Clients];
        for (int i = 0; i < Clients; i++)
        {
            (ExecutorSocket server, Socket client) = await ConnectAsync();
            Executor.Current!.Spawn(ForwardAsync, server);
            byte number = (byte)i;
            clients[i] = Task.Run(() => Converse(client, number));
        }

        bool[] right = await Task.WhenAll(clients);
        Console.WriteLine($"{right.Count(isRight => isRight)} clients");
    });

    /// <summary>Echoes more than Linux keeps, to a client that first sends all and then takes it slowly.</summary>
    public static void EchoToASlowReader() => ReL4.Run(async () =>
    {
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        byte[] sent = new byte[LongLength];
        Random.Shared.NextBytes(sent);
        Task<byte[]> taken = Task.Run(() => SendAndTakeSlowly(client, sent));
        using (server)
        {
            byte[] received = new byte[LongLength];
            int length = 0;
            for (int part; length < LongLength && (part = await server.ReceiveAsync(received.AsMemory(length))) > 0;)
                length += part;
            await server.SendAsync(received.AsMemory(0, length));
        }

        byte[] echo = await taken;
        Console.WriteLine(sent.AsSpan().SequenceEqual(echo));
    });

    /// <summary>Receives what a client sent before it ended, then its end, twice; and what becomes of a connection that was reset.</summary>
    public static void SeeTheEnd() => ReL4.Run(async () =>
    {
        byte[] buffer = new byte[64];
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        client.Send([1, 2, 3]);
        client.Shutdown(SocketShutdown.Send);
        await server.WaitToReceiveAsync();
        Console.WriteLine($"{await server.ReceiveAsync(buffer)} {await server.ReceiveAsync(buffer)} {await server.ReceiveAsync(buffer)}");
        // It can be answered still.
        await server.SendAsync("yes"u8.ToArray());
        Console.WriteLine(await Task.Run(() => client.Receive(buffer)));
        server.Dispose();
        client.Dispose();

        (server, client) = await ConnectAsync();
        client.LingerState = new LingerOption(enable: true, 0);
        CoTask<int> reset = server.ReceiveAsync(buffer);
        client.Dispose();
        await FailsAsync(async () => await reset);
        await FailsAsync(async () =>
        {
            // The first may still be taken.
            while (true)
                await server.SendAsync(new byte[1 << 20]);
        });
        server.Dispose();
    });

    /// <summary>Takes what a client sends without end, in small parts, beside another that wants answers.</summary>
    public static void ServeBesideAFlood() => ReL4.Run(async () =>
    {
        (ExecutorSocket flooded, Socket flooding) = await ConnectAsync();
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        CoroutineId sink = Executor.Current!.Spawn(SinkAsync, flooded);
        Executor.Current!.Spawn(ForwardAsync, server);
        Task flood = Task.Run(() => FloodUntilClosed(flooding));
        bool isRight = await Task.Run(() => Converse(client, number: 0));
        Console.WriteLine($"{isRight} {Executor.Current!.IsAlive(sink)}");
        flooding.Dispose();
        await flood;
    });

    /// <summary>Takes what a client has sent that is gone, in small parts, beside another that has sent one.</summary>
    public static void ServeBesideWhatIsLeft() => ReL4.Run(async () =>
    {
        const int Parts = 1000;
        (ExecutorSocket left, Socket gone) = await ConnectAsync();
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        gone.Send(new byte[Parts * 64]);
        gone.Shutdown(SocketShutdown.Send);
        // Linux tells of the end with the first news.
        await left.WaitToReceiveAsync();
        client.Send([1]);
        int received = 0, receivedBefore = 0;
        CoroutineId[] both =
        [
            Executor.Current!.Spawn(async () =>
            {
                while (await left.ReceiveAsync(new byte[64]) > 0)
                    received++;
            }),
            Executor.Current!.Spawn(async () =>
            {
                await server.ReceiveAsync(new byte[64]);
                receivedBefore = received;
            }),
        ];
        foreach (CoroutineId coroutine in both)
            await Executor.Current!.Join(coroutine);
        Console.WriteLine(received == Parts && receivedBefore < Parts / 10);
    });

    /// <summary>Uses sockets as they are not to be used, or no more.</summary>
    public static void UseWrongly() => ReL4.Run(async () =>
    {
        byte[] buffer = new byte[64];
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        using var stop = new CancellationTokenSource();
        CoTask<int> first = server.ReceiveAsync(buffer, stop.Token);
        await FailsAsync(async () => await server.ReceiveAsync(buffer));
        await FailsAsync(() => Task.Run(() => server.Dispose()));
        await FailsAsync(async () => await server.ReceiveAsync(default));
        stop.CancelAfter(1);
        await FailsAsync(async () => await first);
        // A wait that was given up takes nothing away.
        client.Send([1]);
        Console.WriteLine(await server.ReceiveAsync(buffer));
        CoTask<int> last = server.ReceiveAsync(buffer);
        server.Dispose();
        server.Dispose();
        await FailsAsync(async () => await last);
        await FailsAsync(async () => await server.SendAsync(buffer));
    });

    /// <summary>Lets go of sockets while others take their numbers.</summary>
    public static void ComeAndGo() => ReL4.Run(async () =>
    {
        byte[] buffer = new byte[64];
        int right = 0;
        for (int i = 0; i < 200; i++)
        {
            (ExecutorSocket server, Socket client) = await ConnectAsync();
            using (client)
            using (server)
            {
                // News of this one is under way when it goes.
                client.Send([(byte)i]);
                if (i % 2 == 0)
                    continue;
                right += await server.ReceiveAsync(buffer) == 1 && buffer[0] == (byte)i ? 1 : 0;
            }
        }

        Console.WriteLine(right);
    });

    /// <summary>Forwards what a client sends that waits for its answers, beside many that come, misbehave and go without end.</summary>
    public static void ServeBesideAMob() => ReL4.Run(async () =>
    {
        const int Members = 4;
        Executor executor = Executor.Current!;
        executor.CoroutineFailed += static (_, _) => { };
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        EndPoint address = listener.LocalEndPoint!;
        (ExecutorSocket server, Socket client) = await ConnectAsync();
        executor.Spawn(ForwardAsync, server);
        CoroutineId accepting = executor.Spawn(async () =>
        {
            while (true)
            {
                executor.Spawn(ForwardAsync, new ExecutorSocket(await listener.AcceptAsync()));
                await executor.Yield();
            }
        });
        bool mayGo = false;
        int[] came = new int[Members];
        Task[] mob = [.. Enumerable.Range(0, Members).Select(member => Task.Factory.StartNew(
            () =>
            {
                for (; !Volatile.Read(ref mayGo); came[member]++)
                    Misbehave(address, manner: came[member] % 6);
            },
            TaskCreationOptions.LongRunning))];
        bool isRight = true;
        int rounds = 0;
        var clock = Stopwatch.StartNew();
        TimeSpan longest = default;
        await Task.Run(() =>
        {
            byte[] answer = new byte[64];
            for (; clock.Elapsed < TimeSpan.FromSeconds(1); rounds++)
            {
                TimeSpan before = clock.Elapsed;
                client.Send([(byte)rounds]);
                isRight &= client.Receive(answer) == 1 && answer[0] == (byte)rounds;
                longest = clock.Elapsed - before > longest ? clock.Elapsed - before : longest;
            }
        });
        Volatile.Write(ref mayGo, true);
        await Task.WhenAll(mob);
        client.Dispose();
        // This one, and the one that accepts.
        while (executor.CoroutineCount > 2)
            await executor.Delay(TimeSpan.FromMilliseconds(5));
        Console.WriteLine($"{isRight} {rounds > 20} {longest < TimeSpan.FromSeconds(2)} {came.Sum() > 50} {executor.IsAlive(accepting)}");
    });

    /// <summary>Comes, and goes in one of six manners.</summary>
    private static void Misbehave(EndPoint address, int manner)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(address);
        socket.NoDelay = true;
        byte[] taken = new byte[64];
        try
        {
            switch (manner)
            {
                case 0:
                    for (int i = 0; i < 200; i++)
                        socket.Send([1]);
                    break;
                case 1:
                    socket.Send([1]);
                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                    break;
                case 2:
                    socket.Send([1]);
                    socket.Shutdown(SocketShutdown.Send);
                    while (socket.Receive(taken) > 0)
                    {
                    }

                    break;
                case 3:
                    socket.Send([1, 2]);
                    socket.Send([3], SocketFlags.OutOfBand);
                    socket.Send([4, 5]);
                    break;
                case 4:
                    // Reads nothing, until it is kept waiting itself.
                    socket.SendTimeout = 5;
                    socket.Send(new byte[100_000]);
                    break;
            }
        }
        catch (SocketException)
        {
            // It was closed, or kept waiting.
        }
    }

    private static async Task<(ExecutorSocket Server, Socket Client)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return (new ExecutorSocket(await listener.AcceptAsync()), client);
    }

    private static async ValueTask ForwardAsync(ExecutorSocket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[64];
            for (int length; (length = await socket.ReceiveAsync(buffer)) > 0;)
            {
                using IpcResponse response = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, buffer.AsMemory(0, length));
                byte[] echo = response.Payload.ToArray();
                await socket.SendAsync(echo);
            }
        }
    }

    private static async ValueTask SinkAsync(ExecutorSocket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[64];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
    }

    private static void FloodUntilClosed(Socket client)
    {
        byte[] much = new byte[1 << 20];
        while (client.Connected)
            client.Send(much, SocketFlags.None, out _);
    }

    private static bool Converse(Socket client, byte number)
    {
        byte[] answer = new byte[64];
        for (byte i = 0; i < Messages; i++)
        {
            client.Send([number, i]);
            if (client.Receive(answer) != 2 || answer[0] != number || answer[1] != i)
                return false;
            // Longer than an executor spins, now and then.
            if (i % 16 == number % 16)
                Thread.Sleep(2);
        }

        client.Shutdown(SocketShutdown.Send);
        return client.Receive(answer) == 0;
    }

    private static byte[] SendAndTakeSlowly(Socket client, byte[] bytes)
    {
        client.Send(bytes);
        client.Shutdown(SocketShutdown.Send);
        byte[] taken = new byte[bytes.Length];
        int length = 0;
        for (int part; length < taken.Length && (part = client.Receive(taken.AsSpan(length, Math.Min(100_000, taken.Length - length)))) > 0;)
        {
            length += part;
            Thread.Yield();
        }

        return taken[..length];
    }

    private static async Task FailsAsync(Func<Task> action) => Console.WriteLine((await Assert.ThrowsAnyAsync<Exception>(action)).GetType().Name);
}
