using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Text.Json;

namespace Rel4.Hosted.Observation;

/// <summary>Lets the user look at a running system: whoever connects gets a snapshot as JSON, and that is all.</summary>
/// <remarks>
/// Nothing is read from who connects, so nobody can ask for anything else or confuse it. Linux tells who that is (<c>SO_PEERCRED</c>,
/// <c>unix(7)</c>): the same user or root, and no task of the system, gets an answer. One is served at a time, within
/// <see cref="Patience"/>, so the kernel is stopped for a look no more often than that allows.
/// </remarks>
internal sealed class ObservationSocket : IAsyncDisposable
{
    private const int Backlog = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<SystemSnapshot> _look;
    private readonly Func<int, bool> _isTask;
    private readonly Action<Exception> _reportFailure;
    private readonly Task _serving;

    /// <summary>Starts to serve.</summary>
    /// <param name="look">Takes a snapshot.</param>
    /// <param name="isTask">Tells whether a process is a task of the system.</param>
    /// <param name="reportFailure">Is told of a look that failed.</param>
    /// <exception cref="IOException">There is no folder for the socket.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no folder for the socket.</exception>
    /// <exception cref="SocketException">Linux refuses the socket.</exception>
    public ObservationSocket(Func<SystemSnapshot> look, Func<int, bool> isTask, Action<Exception> reportFailure)
    {
        _look = look;
        _isTask = isTask;
        _reportFailure = reportFailure;
        string? path = null;
        try
        {
            _path = path = ObservationFolder.TakePath();
            _listener.Bind(new UnixDomainSocketEndPoint(_path));
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            if (path is not null)
                ObservationFolder.ReturnPath(path);
            throw;
        }

        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Gets the path of the socket through which the same system is told what to do, where that is allowed.</summary>
    public string ControlPath => ObservationFolder.ControlPathOf(_path);

    /// <summary>Stops to serve.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        // Closing it deletes the file.
        _listener.Dispose();
        ObservationFolder.ReturnPath(_path);
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        bool hasFailed = false;
        try
        {
            while (true)
            {
                try
                {
                    using Socket peer = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                    if (PeerCredentials.IsUser(peer, _isTask))
                        await AnswerAsync(peer).ConfigureAwait(false);
                    hasFailed = false;
                }
                catch (SocketException failure)
                {
                    // There are no descriptors left, it may be. The next may find some.
                    if (!hasFailed)
                        _reportFailure(failure);
                    hasFailed = true;
                    await Task.Delay(Patience, _stop.Token).ConfigureAwait(false);
                }

                await Task.Delay(Pause, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It is being disposed of.
        }
    }

    private async Task AnswerAsync(Socket peer)
    {
        if (TryLook() is not { } snapshot)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(Patience);
        try
        {
            for (int sent = 0; sent < snapshot.Length;)
                sent += await peer.SendAsync(snapshot.AsMemory(sent), SocketFlags.None, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            // Who does not read, or goes, gets no more.
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A look that fails, whatever of, is this look's affair: the next one is served.")]
    private byte[]? TryLook()
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(_look(), SnapshotContext.Default.SystemSnapshot);
        }
        catch (Exception failure)
        {
            _reportFailure(failure);
            return null;
        }
    }
}
