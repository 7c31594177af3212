using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosting;

/// <summary>A system that runs with the host: it starts and stops with it.</summary>
/// <remarks>
/// It starts with the host's services, or earlier, when the first endpoint is asked for: the host makes all of its services before it starts one, and their
/// constructors may ask for endpoints. Members may be used from any thread.
/// </remarks>
public sealed partial class Rel4System : IHostedService, IAsyncDisposable, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly ILoggerFactory _loggers;
    private readonly IOptions<Rel4Options> _options;
    private readonly Rel4Composition[] _parts;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _hurryStart = new();
    private Task<RunningSystem>? _start;
    private Task? _stop;
    private bool _isComposing;

    internal Rel4System(IServiceProvider services, ILoggerFactory loggers, IOptions<Rel4Options> options, IEnumerable<Rel4Composition> parts)
    {
        _services = services;
        _loggers = loggers;
        _options = options;
        _parts = [.. parts];
        _logger = loggers.CreateLogger(LogOutput.SystemCategory);
    }

    /// <summary>Gets the system while it runs: its tasks, their states, restarts and ends; adding and removing some; what the host holds (<see cref="RunningSystem.Host"/>).</summary>
    /// <exception cref="InvalidOperationException">It has not started, could not, or was stopped.</exception>
    public RunningSystem Running => TryGet() ?? throw new InvalidOperationException(
        "The system does not run: it starts and stops with the host.");

    /// <summary>Starts the system, if it was not started yet.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="SystemDefinitionException">Parts of the definition contradict each other or make no sense.</exception>
    /// <exception cref="ArgumentException">It is to be controllable (<see cref="Rel4Options.IsControllable"/>), and not observable.</exception>
    /// <exception cref="IOException">Linux refuses something, or a program is missing. What was started is stopped.</exception>
    /// <exception cref="InvalidOperationException">The configuration makes no sense, or it was stopped.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration hurry = cancellationToken.Register(_hurryStart.Cancel);
        try
        {
            await EnsureStarted().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            CantStart(_logger, failure.Message);
            throw;
        }
    }

    /// <summary>Stops the tasks, each before those that it started after, and the kernel.</summary>
    /// <param name="cancellationToken">Ends grace periods: what still runs is killed.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _stop ??= StopOnceAsync(_start, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _hurryStart.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Gets the system; null unless it runs.</summary>
    internal RunningSystem? TryGet()
    {
        lock (_lock)
            return _stop is null && _start is { IsCompletedSuccessfully: true } ? _start.Result : null;
    }

    /// <summary>Waits until the system runs, and starts it if nobody has yet.</summary>
    internal RunningSystem Start()
    {
        Task<RunningSystem> start = EnsureStarted();
        return start.IsCompletedSuccessfully ? start.Result : start.GetAwaiter().GetResult();
    }

    private Task<RunningSystem> EnsureStarted()
    {
        lock (_lock)
        {
            if (_stop is not null)
                throw new InvalidOperationException("The system was stopped with its host.");
            if (_isComposing)
                throw new InvalidOperationException("The system is being composed, so it has no endpoints yet: use none in AddRel4's callback.");
            return _start ??= BeginStart();
        }
    }

    private Task<RunningSystem> BeginStart()
    {
        SystemDefinition definition;
        Rel4Options options;
        _isComposing = true;
        try
        {
            options = _options.Value;
            // On this thread, as it may ask the container for something, which may be locked by whoever asks for an endpoint here.
            var builder = new SystemBuilder();
            foreach (Rel4Composition part in _parts)
                part.Compose(_services, builder);
            definition = builder.Build();
        }
        finally
        {
            _isComposing = false;
        }

        var supervision = new SupervisionOptions
        {
            Output = new LogOutput(_loggers),
            GracePeriod = options.GracePeriod,
            Name = options.Name,
            IsObservable = options.IsObservable,
            IsControllable = options.IsControllable,
        };
        return Task.Run(() => RunningSystem.StartAsync(definition, supervision, _hurryStart.Token));
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whoever started it was told.")]
    private static async Task StopOnceAsync(Task<RunningSystem>? start, CancellationToken hurry)
    {
        if (start is null)
            return;
        RunningSystem system;
        try
        {
            system = await start.ConfigureAwait(false);
        }
        catch (Exception)
        {
            return;
        }

        await using (system.ConfigureAwait(false))
            await system.StopAsync(hurry).ConfigureAwait(false);
    }

    [LoggerMessage(EventId = 2, Level = LogLevel.Critical, Message = "The system can't start: {Reason}")]
    private static partial void CantStart(ILogger logger, string reason);
}
