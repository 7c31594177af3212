using System.IO.Pipes;
using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Supervision;

/// <summary>Passes on what a task writes to one of its streams, line by line.</summary>
internal sealed class TaskOutput : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DescriptorWatch _watch;
    private readonly SafeHandle _stream;
    private readonly LineSplitter _lines;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly ulong _key;

    public TaskOutput(DescriptorWatch watch, PipeStream stream, Action<string> write)
    {
        _watch = watch;
        _stream = stream.SafePipeHandle;
        Descriptors.StopWaiting(_stream);
        _lines = new LineSplitter(write);
        _key = watch.Add(_stream, Read);
    }

    /// <summary>Gets the end of the stream: all that was written has been passed on.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Passes on nothing more.</summary>
    public void Dispose() => _watch.Remove(_key);

    /// <summary>Reads what is there. That may be nothing any more: a task can open the pipe anew and read from it itself.</summary>
    /// <returns>Whether there may be more.</returns>
    internal bool Read()
    {
        int length = ReadAvailable();
        _lines.Append(_buffer.AsSpan(0, Math.Max(0, length)));
        if (length != 0)
            return true;
        _lines.Finish();
        _ended.TrySetResult();
        return false;
    }

    private int ReadAvailable()
    {
        try
        {
            return Descriptors.ReadAvailable(_stream, _buffer);
        }
        catch (ObjectDisposedException)
        {
            // Somebody holds the other end of an ended task's stream, and it was given up meanwhile.
            return 0;
        }
    }
}
