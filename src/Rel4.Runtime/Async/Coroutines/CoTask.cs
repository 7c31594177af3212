using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>What a coroutine awaits that has no result; the default value is complete.</summary>
/// <inheritdoc cref="CoTask{T}" path="/remarks"/>
[AsyncMethodBuilder(typeof(CoTaskBuilder))]
public readonly partial struct CoTask
{
    private readonly Completion<Nothing>? _source;
    private readonly int _version;

    internal CoTask(Completion<Nothing> source)
    {
        _source = source;
        _version = source.Version;
    }

    /// <summary>Gets a task that is complete.</summary>
    public static CoTask CompletedTask => default;

    /// <summary>Gets whether it is over.</summary>
    public bool IsCompleted => _source is null || _source.HasEnded(_version);

    /// <summary>Gets what the compiler's <c>await</c> uses.</summary>
    public Awaiter GetAwaiter() => new(_source, _version);

    /// <summary>Awaits a <see cref="CoTask"/>.</summary>
    public readonly struct Awaiter : ICoAwaiter
    {
        private readonly Completion<Nothing>? _source;
        private readonly int _version;

        internal Awaiter(Completion<Nothing>? source, int version)
        {
            _source = source;
            _version = version;
        }

        /// <summary>Gets whether there is no need to wait.</summary>
        public bool IsCompleted => _source is null || _source.IsCompletedAt(_version);

        /// <summary>Ends the wait.</summary>
        /// <exception cref="InvalidOperationException">It is not over yet, or was ended before.</exception>
        public void GetResult() => _source?.GetResult(_version);

        /// <inheritdoc/>
        public void Suspend(CoFrame frame) => _source!.Suspend(frame, _version);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => _source!.OnCompletedFlowed(continuation, _version);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => _source!.OnCompleted(continuation, _version);
    }
}
