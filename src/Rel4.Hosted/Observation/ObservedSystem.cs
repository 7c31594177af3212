using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Rel4.Hosted.Composition.Json;

namespace Rel4.Hosted.Observation;

/// <summary>Is a system that runs in some process of this user, to be looked at from outside.</summary>
public sealed class ObservedSystem
{
    private const int MostBytes = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;

    private ObservedSystem(int processId, int number, string path)
    {
        ProcessId = processId;
        Number = number;
        _path = path;
    }

    /// <summary>Gets the process that the kernel runs in.</summary>
    public int ProcessId { get; }

    /// <summary>Gets which of that process' systems it is, from 1 on.</summary>
    public int Number { get; }

    /// <summary>Gets what tells it from others: the number of the process, and where it is not its first system that of the system, as <c>1234.2</c>.</summary>
    public string Id => ProcessId.ToString(CultureInfo.InvariantCulture) + (Number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $".{Number}"));

    /// <summary>Finds this user's systems, in the order of their processes' numbers.</summary>
    public static async Task<IReadOnlyList<ObservedSystem>> FindAllAsync(CancellationToken cancellationToken = default)
    {
        var found = new List<ObservedSystem>();
        foreach ((int id, int number, string path) in ObservationFolder.Sockets().OrderBy(socket => (socket.ProcessId, socket.Number)))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (await TryConnectAsync(socket, path, cancellationToken).ConfigureAwait(false))
                found.Add(new ObservedSystem(id, number, path));
        }

        return found;
    }

    /// <summary>Looks at the system.</summary>
    /// <returns>What it shows; null if it has ended, or lets nobody look.</returns>
    /// <exception cref="InvalidDataException">It speaks another version's format.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<SystemSnapshot?> LookAsync(CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            byte[] answer = await ReadAsync(limit.Token).ConfigureAwait(false);
            return answer.Length == 0 ? null : Parse(answer);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Process {ProcessId} does not answer within {Patience.TotalSeconds:0} s: is it stopped?");
        }
    }

    /// <summary>Does something to a task of the system.</summary>
    /// <param name="command">What.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="cancellationToken">Ends the wait. What was asked for goes on.</param>
    /// <remarks>Completes when it is done: a task that is stopped has its grace period.</remarks>
    /// <exception cref="InvalidOperationException">The system refuses, and says why; or it can't be told anything (<c>SupervisionOptions.IsControllable</c>).</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such command.</exception>
    public Task CommandAsync(ControlCommand command, string task, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        return Enum.IsDefined(command) ? AskAsync(new ControlRequest(command, task), cancellationToken)
            : throw new ArgumentOutOfRangeException(nameof(command), command, "There is no such command.");
    }

    /// <summary>Adds a task to the system, and starts it.</summary>
    /// <param name="path">A system file that has the task, and nothing else: no objects, no kernel. Relative paths in it start at its folder. The task is granted what the system has, by names.</param>
    /// <param name="cancellationToken">Ends the wait. What was asked for goes on.</param>
    /// <remarks>Completes when its process runs, and its program has begun if it is .NET's; see <c>RunningSystem.AddTaskAsync</c>.</remarks>
    /// <exception cref="InvalidOperationException">
    /// The system refuses, and says where, what and how to fix it, a line for each; or it can't be told anything (<c>SupervisionOptions.IsControllable</c>).
    /// </exception>
    /// <exception cref="IOException">The file can't be read, or is longer than a task's can be.</exception>
    /// <exception cref="UnauthorizedAccessException">The file can't be read.</exception>
    public async Task AddTaskAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        string full = Path.GetFullPath(path);
        string json = await File.ReadAllTextAsync(full, cancellationToken).ConfigureAwait(false);
        await AskAsync(new ControlRequest(null, null, new TaskFile(json, Path.GetDirectoryName(full)!, Path.GetFileName(full))), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> TryConnectAsync(Socket socket, string path, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            // Nobody listens any more.
            return false;
        }
    }

    private async Task AskAsync(ControlRequest asked, CancellationToken cancellationToken)
    {
        byte[] request = [.. JsonSerializer.SerializeToUtf8Bytes(asked, SnapshotContext.Default.ControlRequest), (byte)'\n'];
        if (request.Length > ControlSocket.MostBytes)
            throw new IOException($"{asked.Add?.Source ?? asked.Task} is too long: a system takes requests of {ControlSocket.MostBytes >> 10} KiB.");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (!await TryConnectAsync(socket, ObservationFolder.ControlPathOf(_path), cancellationToken).ConfigureAwait(false))
            throw new InvalidOperationException($"The system in process {Id} can't be told what to do: it has ended, or was started without IsControllable.");
        await SendAllAsync(socket, request, cancellationToken).ConfigureAwait(false);
        byte[] answer = await ReadAllAsync(socket, cancellationToken).ConfigureAwait(false);
        if (answer.Length == 0)
            throw new InvalidOperationException($"The system in process {Id} does not answer: it has ended meanwhile, or this process is a task of it.");
        if (JsonSerializer.Deserialize(answer, SnapshotContext.Default.ControlAnswer)?.Refusal is { } refusal)
            throw new InvalidOperationException(refusal);
    }

    private static async Task SendAllAsync(Socket socket, byte[] request, CancellationToken cancellationToken)
    {
        try
        {
            for (int sent = 0; sent < request.Length;)
                sent += await socket.SendAsync(request.AsMemory(sent), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // It has closed the socket, and gives no answer.
        }
    }

    private async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return await TryConnectAsync(socket, _path, cancellationToken).ConfigureAwait(false) ? await ReadAllAsync(socket, cancellationToken).ConfigureAwait(false) : [];
    }

    private static async Task<byte[]> ReadAllAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var answer = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int length;
            while ((length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false)) > 0
                && answer.Length < MostBytes)
            {
                answer.Write(buffer, 0, length);
            }
        }
        catch (SocketException)
        {
            // It ended while it answered.
            return [];
        }

        return answer.ToArray();
    }

    private SystemSnapshot? Parse(byte[] answer)
    {
        try
        {
            SystemSnapshot? snapshot = JsonSerializer.Deserialize(answer, SnapshotContext.Default.SystemSnapshot);
            return snapshot is null or { Format: SystemSnapshot.CurrentFormat } ? snapshot
                : throw new InvalidDataException($"Process {ProcessId} speaks format {snapshot.Format}: use its own version of rel4.");
        }
        catch (JsonException torn)
        {
            throw new InvalidDataException($"Process {ProcessId} answers with what is no snapshot: {torn.Message}", torn);
        }
    }
}
