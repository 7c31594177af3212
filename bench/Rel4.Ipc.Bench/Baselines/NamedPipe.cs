using System.IO.Pipes;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Is a .NET named pipe between two processes. On Linux there is a Unix socket under it.</summary>
internal static class NamedPipe
{
    private const string Name = "pipe";
    private const int BufferSize = 4096;

    /// <summary>Sends back what one client sends, on a thread of its own.</summary>
    public static void Serve()
    {
        var pipe = new NamedPipeServerStream(BenchmarkTask.SocketPath(Name), PipeDirection.InOut);
        var thread = new Thread(() =>
        {
            using (pipe)
            {
                pipe.WaitForConnection();
                byte[] buffer = new byte[BufferSize];
                for (int length = pipe.Read(buffer); length > 0; length = pipe.Read(buffer))
                    pipe.Write(buffer, 0, length);
            }
        })
        {
            IsBackground = true,
            Name = "named pipe",
        };
        thread.Start();
    }

    /// <summary>Connects to the server, which listens.</summary>
    public static NamedPipeClientStream Connect()
    {
        var pipe = new NamedPipeClientStream(".", BenchmarkTask.SocketPath(Name), PipeDirection.InOut);
        pipe.Connect();
        return pipe;
    }

    /// <summary>Sends a message and waits for as much, so many times.</summary>
    public static void RoundTrip(NamedPipeClientStream pipe, byte[] message, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pipe.Write(message);
            pipe.ReadExactly(message);
        }
    }
}
