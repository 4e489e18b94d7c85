# SPDX-License-Identifier: MIT
"""Every name of imaplib, the symbol of libimap4 that answers to it, and the
test that shows it at work: on a real server but for functions that need none,
and for what none of ours has."""
import re

TABLE = '''
    IMAP4                 imap4_client_open           test_live__open
    IMAP4_SSL             imap4_client_open_tls       test_live__open_tls
    IMAP4_stream          imap4_client_open_stream    test_live__open_stream
    IMAP4.error           imap4_client_error          test_live__login_refused
    IMAP4.abort           imap4_client_class          test_live__logout
    IMAP4.readonly        imap4_client_class          test_live__readonly

    Internaldate2tuple    imap4_internaldate2tuple    test_live__internaldate
    Int2AP                imap4_int2ap                test_imaplib__int2ap
    ParseFlags            imap4_parse_flags           test_live__flags
    Time2Internaldate     imap4_time2internaldate     test_live__append

    append                imap4_client_append         test_live__append
    authenticate          imap4_client_authenticate   test_live__authenticate
    burst                 imap4_client_idle_burst     test_live__idle_burst
    capability            imap4_client_capability     test_live__capability
    check                 imap4_client_check          test_live__check
    close                 imap4_client_close_mailbox  test_live__close
    copy                  imap4_client_copy           test_live__copy
    create                imap4_client_create         test_live__create
    delete                imap4_client_delete         test_live__delete
    deleteacl             imap4_client_deleteacl      test_live__deleteacl
    enable                imap4_client_enable         test_live__enable
    examine               imap4_client_examine        test_live__examine
    expunge               imap4_client_expunge        test_live__expunge
    fetch                 imap4_client_fetch          test_live__fetch
    getacl                imap4_client_getacl         test_live__getacl
    getannotation         imap4_client_getannotation  test_live__getannotation
    getquota              imap4_client_getquota       test_live__getquota
    getquotaroot          imap4_client_getquotaroot   test_live__getquotaroot
    id                    imap4_client_identify       test_live__id
    idle                  imap4_client_idle           test_live__idle
    list                  imap4_client_list           test_live__list
    login                 imap4_client_login          test_live__login
    login_cram_md5        imap4_client_login_cram_md5 test_live__login_cram_md5
    login_plain           imap4_client_login_plain    test_live__login_plain
    logout                imap4_client_logout         test_live__logout
    lsub                  imap4_client_lsub           test_live__lsub
    move                  imap4_client_move           test_live__move
    myrights              imap4_client_myrights       test_live__myrights
    namespace             imap4_client_namespace      test_live__namespace
    noop                  imap4_client_noop           test_live__noop
    partial               imap4_client_partial        test_live__partial
    print_log             imap4_client_print_log      test_live__print_log
    proxyauth             imap4_client_proxyauth      test_command__administration
    recent                imap4_client_recent         test_live__recent
    rename                imap4_client_rename         test_live__rename
    response              imap4_client_response       test_live__response
    search                imap4_client_search         test_live__search
    select                imap4_client_select         test_live__select
    setacl                imap4_client_setacl         test_live__setacl
    setannotation         imap4_client_setannotation  test_live__setannotation
    setquota              imap4_client_setquota       test_live__setquota
    sort                  imap4_client_sort           test_live__sort
    starttls              imap4_client_starttls       test_live__starttls
    status                imap4_client_status         test_live__status
    store                 imap4_client_store          test_live__store
    subscribe             imap4_client_subscribe      test_live__subscribe
    thread                imap4_client_thread         test_live__thread
    uid                   imap4_client_uid            test_live__uid
    unselect              imap4_client_unselect       test_live__unselect
    unsubscribe           imap4_client_unsubscribe    test_live__unsubscribe
    xatom                 imap4_client_xatom          test_live__xatom

    PROTOCOL_VERSION      imap4_client_protocol       test_live__protocol
    capabilities          imap4_engine_capabilities   test_live__capability
    debug                 imap4_client_debug          test_live__debug
    is_readonly           imap4_client_is_readonly    test_live__examine
    state                 imap4_client_state          test_live__state
    untagged_responses    imap4_client_response       test_live__response
    utf8_enabled          imap4_engine_enabled        test_live__enable
    welcome               imap4_client_welcome        test_live__open

    open                  imap4_engine_new            test_live__own_io
    read                  imap4_engine_read           test_live__own_io
    readline              imap4_engine_read           test_live__own_io
    send                  imap4_engine_write          test_live__own_io
    shutdown              imap4_engine_close          test_live__own_io
    socket                imap4_engine_new            test_live__own_io
'''

# What the documentation of November 1999 defines, and what came with later
# versions than the Python that runs this.
SEED = '''
    IMAP4 IMAP4.error IMAP4.abort Internaldate2tuple Int2AP ParseFlags
    Time2Internaldate append authenticate check close copy create delete expunge
    fetch list login logout lsub recent rename response search select status
    store subscribe uid unsubscribe xatom PROTOCOL_VERSION debug
'''
LATER = 'idle burst id move login_plain'

# What imaplib keeps for itself, and what a caller gave it.
INSIDE = set('''
    Literal Untagged_status command continuation_response file literal mech mo
    process readfile sock tagged_commands tagnum tagpre tagre writefile
    certfile host keyfile password port ssl_context user
'''.split())


def rows():
    """(name, symbol, test) of each line."""
    return [line.split() for line in TABLE.splitlines() if line.strip()]


def expected():
    """All names that must have a row: the seed's, those of the imaplib at hand,
    and those of later ones."""
    import imaplib
    import inspect
    names = set(SEED.split()) | set(LATER.split())
    names |= set(imaplib.__all__)
    names |= {('IMAP4.' if n in ('error', 'abort', 'readonly') else '') + n
              for n in dir(imaplib.IMAP4) if not n.startswith('_')}
    names |= {n.lower() for n in imaplib.Commands}
    names |= set(re.findall(r'\bself\.([A-Za-z]\w*)(?:, | = )',
                            inspect.getsource(imaplib))) - INSIDE
    return names


def seed_names(text):
    """The names that the text of the documentation defines."""
    return set(re.findall(r'\\begin\{(?:class|exc|func|method|member)desc\}'
                          r'\{([\w.]+)\}', text))
