using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Text.Json;

namespace Rel4.Hosted.Observation;

/// <summary>Lets the user start, stop, restart, remove and add tasks of a running system from outside: whoever connects sends one request, and gets one answer.</summary>
/// <remarks>
/// Who may is as for <see cref="ObservationSocket"/>: the same user or root, who can kill or change the process anyhow, and no task. A request is a line of at most
/// <see cref="MostBytes"/> that must come within <see cref="Patience"/>; a few are served at once, as stopping a task takes as long as its grace period.
/// </remarks>
internal sealed class ControlSocket : IAsyncDisposable
{
    /// <summary>The most bytes of a request: a task's file is in it.</summary>
    public const int MostBytes = 256 << 10;

    private const int Backlog = 64, MostAtOnce = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly Func<ControlRequest, Task> _perform;
    private readonly Func<int, bool> _isTask;
    private readonly Task _serving;

    /// <summary>Starts to serve.</summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="perform">Does what is asked for; what it throws is the refusal.</param>
    /// <param name="isTask">Tells whether a process is a task of the system.</param>
    /// <exception cref="SocketException">Linux refuses the socket.</exception>
    public ControlSocket(string path, Func<ControlRequest, Task> perform, Func<int, bool> isTask)
    {
        _perform = perform;
        _isTask = isTask;
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Stops to serve, when what was asked for is done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        for (int i = 0; i < MostAtOnce; i++)
            await _places.WaitAsync().ConfigureAwait(false);
        // Closing it deletes the file.
        _listener.Dispose();
        _places.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                await _places.WaitAsync(_stop.Token).ConfigureAwait(false);
                try
                {
                    _ = AnswerAsync(await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
                }
                catch (Exception failure)
                {
                    _places.Release();
                    if (failure is not SocketException)
                        throw;
                    // There are no descriptors left, it may be. The next may find some.
                    await Task.Delay(Patience, _stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is being disposed of.
        }
    }

    private async Task AnswerAsync(Socket peer)
    {
        try
        {
            using Socket open = peer;
            if (!PeerCredentials.IsUser(peer, _isTask) || await ReadAsync(peer).ConfigureAwait(false) is not { } request)
                return;
            var answer = new ControlAnswer(await PerformAsync(request).ConfigureAwait(false));
            using var limit = new CancellationTokenSource(Patience);
            await peer.SendAsync(JsonSerializer.SerializeToUtf8Bytes(answer, SnapshotContext.Default.ControlAnswer), limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            // Who goes, or does not read, is not answered.
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Reads a request; null if it is none.</summary>
    private async Task<ControlRequest?> ReadAsync(Socket peer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(Patience);
        byte[] line = new byte[4096];
        int length = 0, received;
        do
        {
            // A little at first: most are short, and who connects need send nothing.
            if (length == line.Length)
                Array.Resize(ref line, Math.Min(4 * length, MostBytes));
            received = await peer.ReceiveAsync(line.AsMemory(length), limit.Token).ConfigureAwait(false);
            length += received;
        }
        while (received > 0 && length < MostBytes && line[length - 1] != '\n');
        try
        {
            return JsonSerializer.Deserialize(line.AsSpan(0, length), SnapshotContext.Default.ControlRequest) is { IsOne: true } request ? request : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever it fails of, who asked is told, and the system goes on.")]
    private async Task<string?> PerformAsync(ControlRequest request)
    {
        try
        {
            await _perform(request).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure)
        {
            return failure.Message;
        }
    }
}
