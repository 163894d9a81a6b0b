"""What the skill scanner looks for unless told otherwise: dotted names of modules, classes and functions."""

_OS = ("system", "popen", "fork", "forkpty", "startfile", "posix_spawn", "posix_spawnp")
_EXEC = ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")

RUNS_CODE = frozenset(
    {
        *(f"builtins.{name}" for name in ("eval", "exec", "compile")),
        *(f"os.{name}" for name in _OS),
        *(f"os.{family}{ending}" for family in ("exec", "spawn") for ending in _EXEC),
        *("subprocess", "pty", "pexpect", "sh", "plumbum", "invoke", "commands", "popen2"),
        *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "asyncio.subprocess"),
        *("ctypes", "_ctypes", "cffi", "mmap"),
        *("code", "codeop", "runpy", "imp", "zipimport", "types.FunctionType", "types.CodeType"),
        *("importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader"),
        *("pickle.load", "pickle.loads", "pickle.Unpickler", "_pickle", "marshal.load", "marshal.loads"),
        *("shelve.open", "dill", "cloudpickle", "joblib.load", "pandas.read_pickle"),
        *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all"),
        *("timeit.timeit", "timeit.repeat", "cProfile.run", "profile.run", "pdb", "bdb"),
        *("pip", "ensurepip", "pkg_resources"),
    }
)

UNVERIFIED = frozenset(
    {
        *("socket", "socketserver", "ssl", "telnetlib", "ftplib", "smtplib", "poplib", "imaplib", "nntplib"),
        *("http.client", "http.server", "urllib.request", "urllib2", "urllib3", "xmlrpc", "webbrowser"),
        *("requests", "httpx", "aiohttp", "pycurl", "websocket", "websockets", "paramiko", "fabric"),
        *("asyncio.open_connection", "asyncio.start_server"),
    }
)

INTERPRETER_ATTRIBUTES = frozenset(
    {
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__code__",
        "__import__",
        "__loader__",
        "__reduce__",
        "f_globals",
    }
)
