using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>What a coroutine awaits: a result that an executor will have, or an async method that runs on one.</summary>
/// <remarks>
/// <para>
/// To be awaited once, on the executor's thread, or on any if it was begun on a thread without one; a second time throws. Nothing is allocated in steady state, neither for what the runtime returns nor for
/// an async method of this type, whose frame is used again. Such a method awaits tasks of this kind only; <see cref="CoTaskExtensions"/> make one of any
/// other. A method of a usual type, as <see cref="ValueTask"/>, can await these, too.
/// </para>
/// <para>One that is never awaited is forgotten, and its exception, too.</para>
/// </remarks>
/// <typeparam name="T">The result.</typeparam>
[AsyncMethodBuilder(typeof(CoTaskBuilder<>))]
public readonly partial struct CoTask<T>
{
    private readonly Completion<T>? _source;
    private readonly int _version;

    internal CoTask(Completion<T> source)
    {
        _source = source;
        _version = source.Version;
    }

    /// <summary>Gets whether the result or an exception is there.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, no task.</exception>
    public bool IsCompleted => Source.HasEnded(_version);

    private Completion<T> Source
    {
        get
        {
            if (_source is null)
                Misuse.Throw("This is no task, but the default value.");
            return _source;
        }
    }

    /// <summary>Gets what the compiler's <c>await</c> uses.</summary>
    /// <inheritdoc cref="IsCompleted" path="/exception"/>
    public Awaiter GetAwaiter() => new(Source, _version);

    /// <summary>Awaits a <see cref="CoTask{T}"/>.</summary>
    public readonly struct Awaiter : ICoAwaiter
    {
        private readonly Completion<T> _source;
        private readonly int _version;

        internal Awaiter(Completion<T> source, int version)
        {
            _source = source;
            _version = version;
        }

        /// <summary>Gets whether there is no need to wait.</summary>
        public bool IsCompleted => _source.IsCompletedAt(_version);

        /// <summary>Takes the result.</summary>
        /// <exception cref="InvalidOperationException">There is none yet, or it was taken before.</exception>
        public T GetResult() => _source.GetResult(_version);

        /// <inheritdoc/>
        public void Suspend(CoFrame frame) => _source.Suspend(frame, _version);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => _source.OnCompletedFlowed(continuation, _version);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => _source.OnCompleted(continuation, _version);
    }
}
